import { cacheDir } from "../bootstrap/places.mjs";
import { runVerb } from "./verbs.ts";

// `lab status | head` may stop reading before we stop writing.
process.stdout.on("error", () => process.exit(1));
process.exitCode = await runVerb(process.argv.slice(2), { cacheDir });
