import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the machine gets its own Debian packages from, and by whose keys it believes them. */
export type AptSource = { readonly uri: string; readonly keyring: string };

const DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** The machine's own source of a suite's `main`, so that no mirror is named here and a local one is used. */
export async function findAptSource(suite: string, etcApt = "/etc/apt"): Promise<AptSource> {
  const parts = join(etcApt, "sources.list.d");
  const names = (await readdir(parts).catch(() => [])).sort().map((name) => join(parts, name));
  for (const path of [join(etcApt, "sources.list"), ...names]) {
    const text = await readFile(path, "utf8").catch(() => "");
    const source = path.endsWith(".sources") ? readStanzas(text, suite) : readLines(text, suite);
    if (source !== undefined) return source;
  }
  throw new Error(`lab: ${etcApt}: got no source of ${suite} main, want a Debian machine's own sources`);
}

/** One-line style: `deb [signed-by=…] URI SUITE COMPONENT…`. */
function readLines(text: string, suite: string): AptSource | undefined {
  for (const line of text.split("\n")) {
    const match = /^deb\s+(?:\[(?<options>[^\]]*)\]\s+)?(?<uri>\S+)\s+(?<suite>\S+)\s+(?<components>.*)$/.exec(
      line.trim(),
    );
    if (match?.groups === undefined) continue;
    const { options = "", uri = "", components = "" } = match.groups;
    if (match.groups["suite"] !== suite || !components.split(/\s+/).includes("main")) continue;
    return { uri, keyring: /signed-by=(\S+)/.exec(options)?.[1] ?? DEBIAN_KEYRING };
  }
  return undefined;
}

/** deb822 style: stanzas of `Field: value`. */
function readStanzas(text: string, suite: string): AptSource | undefined {
  for (const stanza of text.split(/\n\s*\n/)) {
    const fields = new Map(
      [...stanza.matchAll(/^([A-Za-z-]+):\s*(.*)$/gm)].map(([, key = "", value = ""]) => [
        key.toLowerCase(),
        value.trim(),
      ]),
    );
    const has = (field: string, word: string) => (fields.get(field) ?? "").split(/\s+/).includes(word);
    if (!has("types", "deb") || !has("suites", suite) || !has("components", "main")) continue;
    if (has("enabled", "no")) continue;
    const [uri] = (fields.get("uris") ?? "").split(/\s+/);
    const keyring = fields.get("signed-by") ?? "";
    // A key may stand in the stanza itself; debootstrap wants a file.
    if (uri) return { uri, keyring: keyring.startsWith("/") ? keyring : DEBIAN_KEYRING };
  }
  return undefined;
}
