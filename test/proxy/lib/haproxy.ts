import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./daemon-process.ts";
import { RawClient } from "./raw-client.ts";

const PROGRAM = "/usr/sbin/haproxy";
const POLL_MS = 20;

/** Why HAProxy can't be asked here; undefined: it can. */
export const noHaproxy = existsSync(PROGRAM) ? undefined : `no HAProxy at ${PROGRAM}`;

/** Debian's HAProxy, to compare with. */
export class Haproxy {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #dir: string;

  private constructor(port: number, child: ChildProcess, dir: string) {
    this.port = port;
    this.#child = child;
    this.#dir = dir;
  }

  /** @param backends  its `backend` sections; one named `x` gets the requests for `/x/` */
  static async start(names: readonly string[], backends: string): Promise<Haproxy> {
    const port = await freePort();
    const dir = mkdtempSync(join(tmpdir(), "lbpair-haproxy-"));
    const file = join(dir, "haproxy.cfg");
    const uses = names.map((name) => `  use_backend ${name} if { path_beg /${name}/ }\n`).join("");
    writeFileSync(file, `${DEFAULTS}frontend web\n  bind 127.0.0.1:${port}\n${uses}\n${backends}`);
    const child = spawn(PROGRAM, ["-db", "-f", file], { stdio: ["ignore", "inherit", "inherit"] });
    const haproxy = new Haproxy(port, child, dir);
    await haproxy.#accepting();
    return haproxy;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.kill("SIGKILL");
    await ended;
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #accepting(): Promise<void> {
    for (;;) {
      if (this.#child.exitCode !== null) throw new Error(`haproxy: exit ${this.#child.exitCode}`);
      try {
        (await RawClient.open(this.port)).destroy();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    }
  }
}

const DEFAULTS = `defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
  retries 3
  option redispatch 1

`;
