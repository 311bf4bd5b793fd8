import assert from "node:assert/strict";
import { test } from "node:test";
import { isInstalled } from "../../bootstrap/node-modules.mjs";

const LOCKED = {
  "node_modules/zod": { version: "4.6.7", integrity: "sha512-zod" },
  "node_modules/@esbuild/linux-x64": { version: "0.28.2", integrity: "sha512-linux", optional: true },
  "node_modules/@esbuild/win32-x64": { version: "0.28.2", integrity: "sha512-win32", optional: true },
};
const HERE = {
  "node_modules/zod": { version: "4.6.7", integrity: "sha512-zod" },
  "node_modules/@esbuild/linux-x64": { version: "0.28.2", integrity: "sha512-linux", optional: true },
};

test("installed is what the lock file says, without the packages for other machines", () => {
  assert.equal(isInstalled(LOCKED, HERE), true);
});

test("a missing, another or a superfluous package means: not installed", () => {
  const { "node_modules/zod": _zod, ...withoutZod } = HERE;
  assert.equal(isInstalled(LOCKED, withoutZod), false);
  assert.equal(
    isInstalled(LOCKED, { ...HERE, "node_modules/zod": { version: "4.6.6", integrity: "sha512-zod" } }),
    false,
  );
  assert.equal(
    isInstalled(LOCKED, { ...HERE, "node_modules/zod": { version: "4.6.7", integrity: "sha512-x" } }),
    false,
  );
  assert.equal(isInstalled(LOCKED, { ...HERE, "node_modules/left-pad": { version: "1.0.0" } }), false);
});

test("nothing installed, as in a bare clone or after a killed npm ci, means: not installed", () => {
  assert.equal(isInstalled(LOCKED, {}), false);
});
