import { createHash } from "node:crypto";
import { promises as fs } from "node:fs";
import { join } from "node:path";
import { assetArchive, fileAsset, type Value, type Values } from "../grpc/values.ts";

/**
 * Files below a directory, as assets by their path.
 *
 * @param patterns `*` any but `/`, `**` any, `?` one, `[a-z]`, `{a,b}`; `!` in front takes files away again. The last that matches a file decides
 */
export async function collectAssets(directory: string, patterns: readonly string[]): Promise<Values> {
  const rules = patterns.map((pattern) => ({
    isExcluding: pattern.startsWith("!"),
    expression: compileGlob(pattern.replace(/^!/, "")),
  }));
  const assets: Values = {};
  for (const path of await listFiles(directory)) {
    const rule = rules.findLast(({ expression }) => expression.test(path));
    if (rule === undefined || rule.isExcluding) continue;
    const file = join(directory, path);
    assets[path] = fileAsset(
      file,
      createHash("sha256")
        .update(await fs.readFile(file))
        .digest("hex"),
    );
  }
  return assets;
}

/** The same files as one archive. */
export async function collectArchive(directory: string, patterns: readonly string[]): Promise<Value> {
  const assets = await collectAssets(directory, patterns);
  return assetArchive(assets, createHash("sha256").update(JSON.stringify(assets)).digest("hex"));
}

async function listFiles(directory: string): Promise<string[]> {
  const entries = await fs.readdir(directory, { withFileTypes: true, recursive: true });
  const prefix = join(directory, "/");
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return paths.map((path) => path.slice(prefix.length)).sort();
}

/** `**` crosses folders even inside a name: the official plugin's globs are gobwas's, not a shell's. */
function compileGlob(pattern: string): RegExp {
  const source = pattern.replace(/\*\*|\*|\?|\[[^\]]*\]|\{[^}]*\}|[^*?[{]/g, (part) => {
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.startsWith("[")) return part.replace(/^\[!/, "[^");
    if (part.startsWith("{")) return `(?:${part.slice(1, -1).split(",").map(escapeText).join("|")})`;
    return escapeText(part);
  });
  return new RegExp(`^${source}$`, "s");
}

function escapeText(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
