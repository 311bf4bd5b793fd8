import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hashDocument, parseDocument } from "../../config/document.ts";
import { documentPath } from "../../config/paths.ts";
import { formatProblem } from "../../config/problems.ts";
import { type VrrpConfig, vrrpDocument } from "../../config/vrrp.ts";
import { findWarnings } from "../core/warnings.ts";

/** The daemon's one document, as far as it could be read. */
export type Configuration =
  | { readonly ok: true; readonly config: VrrpConfig; readonly hash: string; readonly warnings: readonly string[] }
  /** Every problem, one line each. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** The document's path below the configuration directory; also its name in messages. */
export const VRRP_DOCUMENT = documentPath({ kind: "vrrp" });

/** Reads and checks `vrrp.jsonl`. */
export function readConfiguration(configDir: string): Configuration {
  let text: string;
  try {
    text = readFileSync(join(configDir, VRRP_DOCUMENT), "utf8");
  } catch (error) {
    return { ok: false, problems: [`${VRRP_DOCUMENT}: ${(error as Error).message}`] };
  }
  const parsed = parseDocument(vrrpDocument, text);
  if (!parsed.ok)
    return { ok: false, problems: parsed.problems.map((problem) => formatProblem(VRRP_DOCUMENT, problem)) };
  const warnings = findWarnings(parsed.value).map(({ path, what }) => `${VRRP_DOCUMENT}: warning: ${path}: ${what}`);
  return { ok: true, config: parsed.value, hash: hashDocument(text), warnings };
}
