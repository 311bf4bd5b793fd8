import { hostPrograms } from "../host.ts";
import { startPython } from "./start.ts";

// The executable `pulumi-language-python` (lab/offline/install.ts).

await hostPrograms(startPython);
process.exit(0);
