import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { bunPath } from "../../../bootstrap/places.mjs";

export const MAIN = join(import.meta.dirname, "../../../proxy/main.ts");

export type Runtime = { readonly name: string; readonly path: string };

/** The runtimes that the daemon is to run on, and why one of them can't be tried. */
export function runtimes(): { readonly found: readonly Runtime[]; readonly missing: readonly string[] } {
  const node = { name: "node", path: process.execPath };
  const bun = [process.env["LBPAIR_BUN"] ?? "", bunPath].find((place) => existsSync(place));
  if (bun !== undefined) return { found: [node, { name: "bun", path: bun }], missing: [] };
  return { found: [node], missing: [`no bun: LBPAIR_BUN is not set, and nothing is at ${bunPath}`] };
}

/** A daemon as systemd would start it. */
export class DaemonProcess {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #wake: (() => void) | undefined;

  constructor(runtime: Runtime, words: readonly string[]) {
    this.#child = spawn(runtime.path, [MAIN, ...words], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      createInterface(stream).on("line", (line) => {
        this.lines.push(line);
        this.#wake?.();
      });
    }
    this.#ended = new Promise((resolve) => {
      this.#child.on("close", (code) => {
        resolve(code);
        this.#wake?.();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** First line that matches, waiting for it if need be. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null) throw new Error(`ended without ${pattern}: ${this.lines.join("\n")}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Exit status. */
  ended(): Promise<number | null> {
    return this.#ended;
  }
}

/** Below what the system gives to clients: such a port may be anyone's own by the time that the daemon wants it. */
const PORTS = { min: 12_000, count: 20_000 };

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.min + Math.floor(Math.random() * PORTS.count);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
