// `npm test`: the gate, then the lab and everything that needs it.

import { runAll } from "./runner/run-all.ts";

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => interrupt.abort(signal));
process.exitCode = await runAll(interrupt.signal);
