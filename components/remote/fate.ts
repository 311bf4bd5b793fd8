import type * as pulumi from "@pulumi/pulumi";

/**
 * What becomes of things on a host when their resources go: they are cleaned up, or left as they are. Of a host that
 * is gone nothing is asked at all.
 */
export type Fate = "cleanedUp" | "leftBehind" | "gone";

/** Every input of our commands: what is ignored makes no change, and so no connection. */
const EVERY_INPUT = ["connection", "create", "update", "delete", "stdin", "triggers"];

export function fateOptions(fate: Fate): pulumi.CustomResourceOptions {
  switch (fate) {
    case "cleanedUp":
      return {};
    case "leftBehind":
      return { retainOnDelete: true };
    case "gone":
      return { retainOnDelete: true, ignoreChanges: EVERY_INPUT, transformations: [withoutCommands] };
  }
}

/** What was not there yet when the host died has no old inputs to keep, and without a command there is no connection. */
function withoutCommands({ props, opts }: pulumi.ResourceTransformationArgs): pulumi.ResourceTransformationResult {
  return { props: { ...props, create: undefined, update: undefined, delete: undefined }, opts };
}
