import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const VRRP = join(import.meta.dirname, "../../../vrrp");

test("the time of day, which anyone may set, is read in one place: for signatures, which have a steady clock", () => {
  const readers = globSync("**/*.ts", { cwd: VRRP }).flatMap((file) =>
    [...readFileSync(join(VRRP, file), "utf8").matchAll(/\bDate\b[.(]|\bnew Date\b|timeOrigin/g)].map(() => file),
  );
  assert.deepEqual(readers, ["shell/times.ts"]);
});
