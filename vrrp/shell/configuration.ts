import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hashDocument, parseDocument } from "../../config/document.ts";
import { predictAlone } from "../../config/failover.ts";
import { CONTROL_KEY, documentPath, KEYS_DIR } from "../../config/paths.ts";
import { formatProblem } from "../../config/problems.ts";
import { type VrrpConfig, vrrpDocument } from "../../config/vrrp.ts";
import { findWarnings } from "../core/warnings.ts";
import { authenticationProblems, type KeyMap } from "./authentication.ts";

/** Values of the keys directory, by name. */
export type Keys = KeyMap;

/** What is shorter can be guessed. */
const KEY_BYTES_MIN = 32;

/** The daemon's one document, as far as it could be read. */
export type Configuration =
  | {
      readonly ok: true;
      readonly config: VrrpConfig;
      /** Of the document and of each key, by path. */
      readonly hashes: Readonly<Record<string, string>>;
      readonly keys: Keys;
      readonly warnings: readonly string[];
    }
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
  const keys = readKeys(configDir);
  const problems = [...findKeyProblems(parsed.value, keys), ...authenticationProblems(parsed.value, keys)];
  if (problems.length > 0) return { ok: false, problems };
  const warnings = findWarnings(predictAlone(parsed.value)).map(
    ({ path, what }) => `${VRRP_DOCUMENT}: warning: ${path}: ${what}`,
  );
  return {
    ok: true,
    config: parsed.value,
    hashes: { [VRRP_DOCUMENT]: hashDocument(text), ...hashKeys(keys) },
    keys,
    warnings,
  };
}

function readKeys(configDir: string): Keys {
  const directory = join(configDir, KEYS_DIR);
  return new Map(namesIn(directory).map((name) => [name, readFileSync(join(directory, name))]));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => !name.startsWith("."));
  } catch (error) {
    // A host that was installed before there were keys.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function hashKeys(keys: Keys): Record<string, string> {
  return Object.fromEntries([...keys].map(([name, key]) => [documentPath({ kind: "key", name }), hashDocument(key)]));
}

function findKeyProblems({ control }: VrrpConfig, keys: Keys): string[] {
  if (control === undefined) return [];
  const bytes = keys.get(CONTROL_KEY)?.length ?? 0;
  if (bytes >= KEY_BYTES_MIN) return [];
  return [
    `${documentPath({ kind: "key", name: CONTROL_KEY })}: got ${bytes} bytes, want the control channel's key, at least ${KEY_BYTES_MIN} bytes`,
  ];
}
