// Puts this repository's stand-ins where Pulumi's own plugins and language host
// are missing. A program of its own, because it imports TypeScript, which the
// Node that runs run.mjs may be too old for.
import { installOffline } from "../lab/offline/install.ts";
import { cliDir, pulumiHome } from "./places.mjs";

await installOffline({ pulumiHome, pathDirectory: cliDir });
