import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "../args/connection.ts";
import { connectionInput, hostOf } from "./connection.ts";

/** On which host. */
export type Place = {
  readonly connection: pulumi.Input<ConnectionArgs>;
  /** Where the machine is. Default: as the connection says it, and replaced with all that this was made of. */
  readonly machine?: pulumi.Input<string> | undefined;
};

/** Something that holds on a host as long as its resource exists. */
export type HostCommand = Place & {
  /** Makes it so. Runs at creation and at every change of anything, so it must do nothing when nothing is to do. */
  readonly apply: pulumi.Input<string>;
  /** Undoes it, or does nothing when it is not so. */
  readonly remove: pulumi.Input<string>;
  /** What varies. Only a change of it is shown by `pulumi preview --diff`. */
  readonly stdin: pulumi.Input<string>;
};

/**
 * A remote command in the one shape that survives everything that can happen to it (ssh key rotated, host replaced,
 * text of the commands changed by a release).
 */
export function hostCommand(
  name: string,
  { connection, machine, apply, remove, stdin }: HostCommand,
  options: pulumi.CustomResourceOptions,
): command.remote.Command {
  return new command.remote.Command(
    name,
    {
      connection: connectionInput(connection),
      create: apply,
      // Without it a changed connection or a changed `delete` would be refused or run `create` as a new thing.
      update: apply,
      delete: remove,
      stdin,
      // Another machine is another thing: only a replacement cleans up the old one.
      triggers: [machine ?? hostOf(connection)],
      logging: command.remote.Logging.None,
      // Debian's sshd refuses the environment variables that this would set, with a warning each time.
      addPreviousOutputInEnv: false,
    },
    {
      ...options,
      // With the old one's `delete` after the new one's `create`, a replacement on the same machine would remove itself.
      deleteBeforeReplace: true,
    },
  );
}
