import type { Provider } from "../grpc/provider.ts";
import { copyToRemote } from "./copy-to-remote.ts";
import type { Environment } from "./inputs.ts";
import { localCommand, localRun } from "./local-command.ts";
import { remoteCommand } from "./remote-command.ts";

/** Stands in for the `command` plugin 1.2.1. The deprecated CopyFile is not part of it. */
export function commandProvider(environment: Environment): Provider {
  return {
    name: "command",
    version: "1.2.1",
    config: {},
    resources: {
      "command:remote:Command": remoteCommand(environment),
      "command:remote:CopyToRemote": copyToRemote(environment),
      "command:local:Command": localCommand(environment),
    },
    functions: { "command:local:run": localRun(environment) },
  };
}
