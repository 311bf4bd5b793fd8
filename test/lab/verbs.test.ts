import assert from "node:assert/strict";
import { test } from "node:test";
import { runVerb } from "../../lab/verbs.ts";

test("a verb with words that it does not want does nothing, least of all to another lab", async () => {
  for (const verb of ["status", "down"])
    assert.equal(await runVerb(["--name", "nobody", verb, "--lab", "other"], { cacheDir: "/nonexistent" }), 2);
});
