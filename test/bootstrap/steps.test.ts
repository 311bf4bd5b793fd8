import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { openReport } from "../../bootstrap/report.mjs";
import { type Step, takeSteps } from "../../bootstrap/steps.mjs";

test("a step is taken once; the second run finds everything and says nothing", async () => {
  const made: string[] = [];
  const step = (name: string): Step => ({
    name,
    find: async () => (made.includes(name) ? `${name} in use` : undefined),
    make: async () => {
      made.push(name);
      return "from somewhere";
    },
  });
  const steps = [step("one"), step("two")];
  const first = openText();
  assert.deepEqual(await takeSteps(steps, openReport(first.stream)), ["one in use", "two in use"]);
  assert.match(first.text(), /^one, from somewhere: 0\.\d s\ntwo, from somewhere: 0\.\d s\n$/);
  const second = openText();
  assert.deepEqual(await takeSteps(steps, openReport(second.stream)), ["one in use", "two in use"]);
  assert.equal(second.text(), "");
  assert.deepEqual(made, ["one", "two"]);
});

test("a step that fails ends the bootstrap: what comes after it is not taken", async () => {
  const failing: Step = {
    name: "bad",
    find: async () => undefined,
    make: () => Promise.reject(new Error("no network")),
  };
  const next: Step = { name: "next", find: () => assert.fail("not to be asked"), make: async () => "" };
  await assert.rejects(takeSteps([failing, next], openReport(openText().stream)), /no network/);
});

/** A pipe, as far as the report can tell. */
function openText() {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString() };
}
