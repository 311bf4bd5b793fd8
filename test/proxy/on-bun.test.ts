import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runtimes } from "./lib/daemon-process.ts";

// The daemon's default runtime has its own sockets and its own JavaScript engine:
// everything that is tested on Node is tested there as well. (Tests that start the
// daemon's process start it on both by themselves.)

const here = import.meta.dirname;
const files = ["wire", "core", "security", "shell"]
  .flatMap((folder) => readdirSync(join(here, folder)).map((file) => join(here, folder, file)))
  .filter((file) => file.endsWith(".test.ts") && !startsDaemon(file));

const { found, missing } = runtimes();
const bun = found.find(({ name }) => name === "bun");

test("all of the proxy's tests pass on Bun", { skip: bun === undefined ? missing.join() : false }, () => {
  const { status, stderr } = spawnSync(bun?.path ?? "", ["test", ...files], { encoding: "utf8" });
  assert.equal(
    status,
    0,
    stderr
      .split("\n")
      .filter((line) => !line.startsWith("(pass)"))
      .join("\n"),
  );
  assert.match(stderr, /\n\s*\d{3,} pass\n/);
});

function startsDaemon(file: string): boolean {
  return readFileSync(file, "utf8").includes("lib/daemon-process.ts");
}
