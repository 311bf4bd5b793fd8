import { promises as fs } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// Puts the offline stand-ins where the engine looks for Pulumi's own plugins. Each is a
// small script that starts its main.ts here with the Node that ran this installation.

/** Where the stand-ins go. */
export type OfflinePlaces = {
  /** Folder with `plugins/`, mostly `~/.pulumi`. */
  readonly pulumiHome: string;
  /** Folder on PATH for the language hosts, mostly that of the CLI. */
  readonly pathDirectory: string;
};

/** What was found or made at one place. */
export type Installed = { readonly path: string; readonly outcome: "written" | "unchanged" | "official" };

const HERE = dirname(fileURLToPath(import.meta.url));
/** Tells our scripts from Pulumi's files, which stay. */
const MARK = "# offline stand-in of lbpair";

/**
 * Installs the `command` and `tls` plugins and the language hosts, where Pulumi's own are
 * not installed already. Doing it again changes nothing; another checkout's
 * scripts are replaced by this one's.
 */
export async function installOffline({ pulumiHome, pathDirectory }: OfflinePlaces): Promise<Installed[]> {
  const plugin = (name: string, version: string) =>
    install(join(pulumiHome, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`), `${name}/main.ts`);
  return Promise.all([
    plugin("command", "1.2.1"),
    plugin("tls", "5.5.1"),
    install(join(pathDirectory, "pulumi-language-nodejs"), "nodejs/main.ts"),
    install(join(pathDirectory, "pulumi-language-python"), "programs/python/main.ts"),
    install(join(pathDirectory, "pulumi-language-go"), "programs/go/main.ts"),
  ]);
}

async function install(path: string, main: string): Promise<Installed> {
  const standing = await readStart(path);
  const script = renderScript(join(HERE, main));
  if (standing === script) return { path, outcome: "unchanged" };
  if (standing !== undefined && !standing.includes(MARK)) return { path, outcome: "official" };
  await fs.mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  await fs.writeFile(draft, script, { mode: 0o755 });
  await fs.rename(draft, path);
  return { path, outcome: "written" };
}

/** Enough to hold one of our scripts; Pulumi's binaries are large. */
const SCRIPT_BYTES_MAX = 8192;

async function readStart(path: string): Promise<string | undefined> {
  const file = await fs.open(path).catch(() => undefined);
  if (file === undefined) return undefined;
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(SCRIPT_BYTES_MAX) });
  await file.close();
  return buffer.toString("utf8", 0, bytesRead);
}

function renderScript(main: string): string {
  return `#!/bin/sh
${MARK}, written by lab/offline/install.ts
main=${quote(main)}
node=${quote(process.execPath)}
if [ ! -f "$main" ]; then
  echo "$0: $main is gone; bootstrap lbpair in another checkout, or delete this file" >&2
  exit 1
fi
[ -x "$node" ] || node=node
exec "$node" "$main" "$@"
`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

// Node 22 has no import.meta.main.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [pulumiHome, pathDirectory] = process.argv.slice(2);
  if (pulumiHome === undefined || pathDirectory === undefined) {
    console.error("usage: node lab/offline/install.ts <pulumi home> <folder on PATH for the language hosts>");
    process.exitCode = 2;
  } else {
    for (const { path, outcome } of await installOffline({ pulumiHome, pathDirectory }))
      console.log(`${outcome} ${path}`);
  }
}
