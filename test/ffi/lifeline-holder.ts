// A process that has a lifeline: says where, ends it at SIGTERM.

import { openLibc } from "../../daemon/ffi/libc.ts";
import { openLifeline } from "../../daemon/lifeline.ts";

const lifeline = await openLifeline(await openLibc(), process.argv[2] ?? "", console.error);
process.once("SIGTERM", () => void lifeline?.end().then(() => process.exit(0)));
setInterval(() => undefined, 60_000);
console.log(`${lifeline?.path} ${lifeline?.thread}`);
