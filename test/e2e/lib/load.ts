import assert from "node:assert/strict";
import type { BrowserOptions } from "../../../lab/client/browser.ts";
import { isGood, startWatch, type Watch } from "../../../lab/client/watch.ts";
import type { Lab } from "../../../lab/lab.ts";

const REQUEST_INTERVAL_MS = 50;
/** A machine that is busy with the engine answers late; what counts here is whether it answers. */
const ANSWER_WAIT_MS = 10_000;
/** Fewer are no proof that anything was asked while the hosts were changed. */
const SAMPLES_MIN = 100;

/** A client that asks through the virtual address while something happens. */
export function startLoad(lab: Lab, browser: BrowserOptions, path: string): Watch {
  return startWatch(lab, browser, path, REQUEST_INTERVAL_MS, ANSWER_WAIT_MS);
}

/** Ends it: every request was answered well. */
export async function assertAllAnswered(load: Watch): Promise<void> {
  const samples = await load.stop();
  assert.ok(samples.length > SAMPLES_MIN);
  assert.deepEqual(
    samples.filter((sample) => !isGood(sample)),
    [],
  );
}
