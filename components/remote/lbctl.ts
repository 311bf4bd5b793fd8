import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { CURRENT_RELEASE, type DocumentRef } from "../../config/paths.ts";
import { whenKnown } from "../inputs.ts";
import { hostCommand, type Place } from "./host-command.ts";
import { asRoot } from "./shell.ts";

/** The program that does the host's side of it. */
export const LBCTL = `${CURRENT_RELEASE}/bin/lbctl`;

/** Which document: as `DocumentRef`, with a name that may not be known yet. */
export type DocumentInput = { readonly kind: DocumentRef["kind"]; readonly name?: pulumi.Input<string> };

/** One document in force on one host, from its creation until it is destroyed. */
export function appliedDocument(
  name: string,
  document: DocumentInput & Place & { readonly text: pulumi.Input<string> },
  options: pulumi.CustomResourceOptions,
): command.remote.Command {
  const { kind, connection, machine, text } = document;
  const naming = (line: (...words: readonly string[]) => string) =>
    document.name === undefined ? line(kind) : whenKnown(document.name, (known) => line(kind, known));
  const apply = naming((...words) => asRoot(LBCTL, "apply", ...words));
  const remove = naming((...words) => asRoot("sh", "-c", REMOVE, "lbpair", ...words));
  return hostCommand(name, { connection, machine, apply, remove, stdin: text }, options);
}

/** Nothing is to be removed where nothing is installed any more. */
const REMOVE = `[ ! -x ${LBCTL} ] || exec ${LBCTL} remove "$@"`;
