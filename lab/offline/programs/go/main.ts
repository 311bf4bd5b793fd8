import { hostPrograms } from "../host.ts";
import { startGo } from "./start.ts";

// The executable `pulumi-language-go` (lab/offline/install.ts).

await hostPrograms(startGo);
process.exit(0);
