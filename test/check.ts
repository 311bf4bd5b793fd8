// `npm run check`: format, types, import law, unit tests. No root, no lab.

import { runGate } from "./runner/gate.ts";
import { openTally } from "./runner/tally.ts";

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => interrupt.abort(signal));
const tally = openTally();
await runGate(tally, interrupt.signal);
process.exitCode = tally.close();
