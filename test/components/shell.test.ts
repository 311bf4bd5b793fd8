import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { asRoot, quote } from "../../components/remote/shell.ts";

test("a quoted word reaches a program as it is, whatever its characters", () => {
  const anyWord = fc.string({ unit: "grapheme" }).filter((word) => !word.includes("\0"));
  fc.assert(
    fc.property(anyWord, (word) => {
      assert.equal(execFileSync("sh", ["-c", `printf %s ${quote(word)}`], { encoding: "utf8" }), word);
    }),
    { numRuns: 200 },
  );
});

test("a program that needs root is started by sudo, which asks nothing, where the user is another", () => {
  const command = asRoot("echo", "a b");
  const asUser = command.replace('"$(id -u)"', "1000").replace("sudo -n", "echo sudo -n");
  const asRootUser = command.replace('"$(id -u)"', "0");
  assert.equal(execFileSync("sh", ["-c", asUser], { encoding: "utf8" }), "sudo -n echo a b\n");
  assert.equal(execFileSync("sh", ["-c", asRootUser], { encoding: "utf8" }), "a b\n");
});
