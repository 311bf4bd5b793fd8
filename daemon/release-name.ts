import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What a daemon that was not installed says of its release. */
const WORKING_TREE = "working-tree";

/**
 * Name of the release that a file belongs to: its directory below `releases`.
 *
 * @param entry  `import.meta.url` of the daemon's entry
 */
export function releaseName(entry: string): string {
  return /\/releases\/([^/]+)\//.exec(realpathSync(fileURLToPath(entry)))?.[1] ?? WORKING_TREE;
}

/** The runtime and its version: `bun 1.4.5`, `node 24.21.0`. */
export function runtimeName(): string {
  const { bun, node } = process.versions;
  return bun === undefined ? `node ${node}` : `bun ${bun}`;
}
