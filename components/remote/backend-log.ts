import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "../args/connection.ts";
import type { WebServerName } from "../render/backend.ts";
import { backendLogScripts } from "./backend-log-scripts.ts";
import { hostCommand } from "./host-command.ts";

/** The access log of a web server set up, from the resource's creation until it is destroyed. */
export function backendLog(
  name: string,
  log: {
    readonly server: pulumi.Output<WebServerName>;
    readonly connection: pulumi.Input<ConnectionArgs>;
    /** As rendered by render/backend-log. */
    readonly text: pulumi.Input<string>;
  },
  options: pulumi.CustomResourceOptions,
): command.remote.Command {
  return hostCommand(
    name,
    {
      connection: log.connection,
      apply: log.server.apply((server) => backendLogScripts[server].apply),
      remove: log.server.apply((server) => backendLogScripts[server].remove),
      stdin: log.text,
    },
    options,
  );
}
