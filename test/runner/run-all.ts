import { cacheDir } from "../../bootstrap/places.mjs";
import { openReport } from "../../bootstrap/report.mjs";
import { downLab, type Lab, upLab } from "../../lab/lab.ts";
import { netnsFiles, roomFiles } from "./files.ts";
import { runGate } from "./gate.ts";
import { runTests } from "./node-tests.ts";
import { openTally, type Tally } from "./tally.ts";

/** Not the lab that a person may have up. */
const TEST_LAB = "lbtest";
/** The slowest file boots hosts, runs the engine several times and waits for certificates to age. */
const LAB_TIMEOUT_MS = 10 * 60_000;

/** Gate, lab tests, end to end; whatever happens, nothing stays up. Returns the exit status. */
export async function runAll(signal: AbortSignal): Promise<number> {
  const tally = openTally();
  await runGate(tally, signal);
  await runEach(netnsFiles(), { enter: [] }, tally, signal);
  // Tests of the lab itself bring up and down labs of their own.
  await runEach(roomFiles("lab"), { enter: [] }, tally, signal);
  await runEndToEnd(tally, signal);
  if (signal.aborted) console.log(`ended by ${signal.reason}`);
  const status = tally.close();
  return signal.aborted ? 1 : status;
}

async function runEndToEnd(tally: Tally, signal: AbortSignal): Promise<void> {
  const files = roomFiles("e2e");
  if (files.length === 0 || signal.aborted) return;
  // What a killed run left behind is not a fresh lab.
  await downLab(TEST_LAB);
  try {
    const lab = await upLab({ name: TEST_LAB, cacheDir, report: openReport(process.stdout), signal });
    await runEach(files, { enter: enterWith(lab) }, tally, signal);
  } catch (error) {
    console.log(error);
    tally.add({ name: "end to end", isGood: false, seconds: 0 });
  } finally {
    await downLab(TEST_LAB);
  }
}

/** The lab's network, and its name for `openTestLab`. */
function enterWith(lab: Lab): string[] {
  return [...lab.enter("lab"), "env", `LBPAIR_LAB=${lab.name}`];
}

/** One file after another: they share the hosts. */
async function runEach(files: string[], where: { enter: string[] }, tally: Tally, signal: AbortSignal): Promise<void> {
  for (const file of files) {
    if (signal.aborted) return;
    await runTests({ name: file, files: [file], concurrency: 1, timeoutMs: LAB_TIMEOUT_MS, ...where }, tally, signal);
  }
}
