import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * Path of a part of the Pulumi SDK that a folder's program uses: its own, or that of a folder above.
 *
 * @throws Error that says what to do when there is none
 */
export function resolveSdk(part: "cmd/run" | "cmd/run-plugin" | "cmd/run-policy-pack", directory: string): string {
  try {
    return createRequire(join(directory, "noop.js")).resolve(`@pulumi/pulumi/${part}`);
  } catch {
    throw new Error(`${directory}: no @pulumi/pulumi here or above, have you run npm install?`);
  }
}
