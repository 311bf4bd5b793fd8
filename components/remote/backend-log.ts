import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { hashDocument } from "../../config/document.ts";
import type { ConnectionArgs } from "../args/connection.ts";
import type { ManagedServerName } from "../render/backend.ts";
import { BACKEND_LOG_SCRIPT } from "./backend-log-scripts.ts";
import { connectionInput, hostOf } from "./connection.ts";
import { hostCommand } from "./host-command.ts";
import { BECOME_ROOT } from "./shell.ts";

/** Relative to the home directory of the connection's user. */
const ON_HOST = ".lbpair/backend-log";

/** The access log of a web server set up, from the resource's creation until it is destroyed. */
export function backendLog(
  name: string,
  log: {
    readonly server: pulumi.Output<ManagedServerName>;
    readonly connection: pulumi.Input<ConnectionArgs>;
    /** As rendered by render/backend-log. */
    readonly text: pulumi.Input<string>;
  },
  options: pulumi.CustomResourceOptions,
): command.remote.Command {
  const { server, connection, text } = log;
  const copied = new command.remote.CopyToRemote(
    `${name}-script`,
    {
      connection: connectionInput(connection),
      source: new pulumi.asset.StringAsset(BACKEND_LOG_SCRIPT),
      remotePath: ON_HOST,
      triggers: [hostOf(connection)],
    },
    options,
  );
  // The script's digest makes a new script run.
  const digest = hashDocument(BACKEND_LOG_SCRIPT).slice(0, 8);
  const apply = pulumi.interpolate`${BECOME_ROOT} # ${digest}\nexec "$@" sh ${ON_HOST} apply ${server}\n`;
  const remove = pulumi.interpolate`${BECOME_ROOT}
[ ! -e ${ON_HOST} ] || "$@" sh ${ON_HOST} remove ${server} || exit
rm -f ${ON_HOST}
rmdir .lbpair 2>/dev/null || :
`;
  return hostCommand(name, { connection, apply, remove, stdin: text }, { ...options, dependsOn: [copied] });
}
