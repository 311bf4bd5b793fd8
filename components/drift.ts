import * as pulumi from "@pulumi/pulumi";
import { isUnknown } from "@pulumi/pulumi/output.js";
import type { ConnectionArgs } from "./args/connection.ts";
import { hostCommand, type Place } from "./remote/host-command.ts";
import { LBCTL } from "./remote/lbctl.ts";
import { BECOME_ROOT } from "./remote/shell.ts";
import { askHost } from "./remote/ssh/ask.ts";
import type { Connection } from "./render/connection.ts";
import { isMocked } from "./run.ts";
import { settle } from "./settle.ts";

/** A host that is slower is one that does not answer. */
const ANSWER_WAIT_MS = 10_000;

/** Says nothing where nothing is installed yet. */
const DRIFT_SCRIPT = ifInstalled("drift");
/** Repairs nothing there. */
const REPAIR_SCRIPT = ifInstalled("repair");

const IN_SYNC = "nothing was changed by hand\n";

/**
 * Shows what was changed on a host by hand since it was applied, and takes it back. It comes before everything else
 * that is done there: what somebody broke would have other changes refused.
 *
 * It is a command whose input changes only when there is something to show: as long as there is nothing, or nothing
 * is known, the input of the last time stays, so that a repair is not followed by a change back.
 */
export function driftRepair(
  name: string,
  { name: host, ...place }: Place & { readonly name: string },
  options: pulumi.CustomResourceOptions,
): pulumi.Output<pulumi.Resource> {
  const observed = pulumi.output(observe(options.parent, host, place.connection));
  return observed.apply((drift) => {
    const ignoreChanges = drift === "" ? ["stdin"] : [];
    const command = { ...place, apply: REPAIR_SCRIPT, remove: ":\n", stdin: drift === "" ? IN_SYNC : drift };
    return hostCommand(name, command, { ...options, ignoreChanges });
  });
}

/** What a host says of itself; empty when nothing was changed, or nothing can be known. */
async function observe(
  parent: pulumi.Resource | undefined,
  host: string,
  connection: pulumi.Input<ConnectionArgs>,
): Promise<string> {
  const { value } = await settle(connection);
  if (isMocked() || isUnknown(value) || Object.values(value as object).some(isUnknown)) return "";
  try {
    return await askHost(value as Connection, DRIFT_SCRIPT, ANSWER_WAIT_MS);
  } catch (error) {
    await pulumi.log.warn(`${host}: not known what was changed there by hand: ${(error as Error).message}`, parent);
    return "";
  }
}

function ifInstalled(verb: string): string {
  return `${BECOME_ROOT}\n[ ! -x ${LBCTL} ] || exec "$@" ${LBCTL} ${verb}\n`;
}
