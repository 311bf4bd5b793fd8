// What the components send to a host: a command `lbctl apply <kind> [name]` with the document on standard input.

const REMOTE_TYPES = /^command:remote:/;
const APPLY = /\/lbctl apply (?<kind>proxy|vrrp|apps?|certificate|secret)(?: (?<name>\S+))?$/m;

/**
 * @param {{ type: string }} resource
 * @returns whether it logs in to a machine
 */
export function isRemote({ type }) {
  return REMOTE_TYPES.test(type);
}

/**
 * @param {{ type: string, props: Record<string, any> }} resource
 * @param {string} kind  of document
 * @returns {{ name: string, text: string } | undefined} undefined: it sends something else
 */
export function sentBy({ type, props }, kind) {
  if (type !== "command:remote:Command" || typeof props["create"] !== "string") return undefined;
  const found = APPLY.exec(props["create"])?.groups;
  // Looked at only where it counts: what is not known yet in a preview may not be touched.
  return found?.["kind"] === kind ? { name: found["name"] ?? "", text: String(props["stdin"]) } : undefined;
}

/**
 * @param {string} text  of a document: one JSON value a line
 * @returns {Record<string, any>[]}
 */
export function linesOf(text) {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
