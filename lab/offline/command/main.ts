import { runProvider } from "../grpc/run-provider.ts";
import { commandProvider } from "./provider.ts";

// The executable `pulumi-resource-command` (lab/offline/install.ts).

await runProvider(commandProvider(process.env), process.argv.slice(2));
process.exit(0);
