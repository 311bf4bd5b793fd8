import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { installOffline, type OfflinePlaces } from "../../lab/offline/install.ts";

let root: string;
let places: OfflinePlaces;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lbpair it's "));
  places = { pulumiHome: join(root, "home"), pathDirectory: join(root, "bin") };
});
afterEach(() => rmSync(root, { recursive: true }));

const outcomes = async () => (await installOffline(places)).map(({ outcome }) => outcome);
const commandPlugin = () => join(places.pulumiHome, "plugins/resource-command-v1.2.1/pulumi-resource-command");

test("an installation is made once, and leaves nothing else behind", async () => {
  deepStrictEqual(await outcomes(), Array(5).fill("written"));
  deepStrictEqual(await outcomes(), Array(5).fill("unchanged"));
  deepStrictEqual(readdirSync(join(places.pulumiHome, "plugins")), ["resource-command-v1.2.1", "resource-tls-v5.5.1"]);
  deepStrictEqual(readdirSync(join(commandPlugin(), "..")), ["pulumi-resource-command"]);
  deepStrictEqual(readdirSync(places.pathDirectory), [
    "pulumi-language-go",
    "pulumi-language-nodejs",
    "pulumi-language-python",
  ]);
});

test("what is Pulumi's own stays", async () => {
  mkdirSync(places.pathDirectory, { recursive: true });
  const host = join(places.pathDirectory, "pulumi-language-nodejs");
  writeFileSync(host, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0xff]));
  deepStrictEqual(await outcomes(), ["written", "written", "official", "written", "written"]);
  strictEqual(readFileSync(host).length, 6);
});

test("the scripts of another checkout are replaced", async () => {
  await installOffline(places);
  const ours = readFileSync(commandPlugin(), "utf8");
  writeFileSync(commandPlugin(), ours.replace(/^main=.*$/m, "main='/elsewhere/main.ts'"));
  deepStrictEqual(await outcomes(), ["written", ...Array(4).fill("unchanged")]);
  strictEqual(readFileSync(commandPlugin(), "utf8"), ours);
});

test("each script starts its program, wherever it is called and whatever node is on PATH", async () => {
  for (const { path } of await installOffline(places)) {
    const script = `mkfifo "$0"; "$1" < /dev/null > "$0" & read -r port < "$0"; kill $!; wait; echo "$port"`;
    const printed = execFileSync("sh", ["-c", script, join(root, "pipe"), path], {
      cwd: "/",
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin" },
    });
    match(printed, /^\d+\n$/);
    rmSync(join(root, "pipe"));
  }
});

test("a script whose checkout is gone says so", async () => {
  await installOffline(places);
  const broken = readFileSync(commandPlugin(), "utf8").replace(/^main=.*$/m, "main='/elsewhere/main.ts'");
  const { status, stderr } = spawnSync("sh", ["-c", broken, "pulumi-resource-command"], { encoding: "utf8" });
  strictEqual(status, 1);
  strictEqual(
    stderr,
    "pulumi-resource-command: /elsewhere/main.ts is gone; bootstrap lbpair in another checkout, or delete this file\n",
  );
});

test("it is a program too", () => {
  const install = fileURLToPath(new URL("../../lab/offline/install.ts", import.meta.url));
  const run = (args: string[]) => spawnSync(process.execPath, [install, ...args], { encoding: "utf8" });
  const { stdout, status } = run([places.pulumiHome, places.pathDirectory]);
  deepStrictEqual([status, stdout.match(/^written /gm)?.length], [0, 5]);
  const { stderr, status: refused } = run([]);
  strictEqual(refused, 2);
  match(stderr, /^usage: /);
});
