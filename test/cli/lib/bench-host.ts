import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CONFIG_SUBDIRS, directoryAccess } from "../../../cli/access.ts";
import type { Host } from "../../../cli/change.ts";
import { askingDaemons, type Daemons } from "../../../cli/daemons.ts";
import { makeDirectory } from "../../../cli/files.ts";
import { done } from "../../../cli/outcome.ts";
import { type Places, placesBelow, programBelow, statusSocketBelow } from "../../../cli/places.ts";
import type { DaemonName } from "../../../config/paths.ts";
import { askStatus } from "../../../daemon/status-socket.ts";

const REPO = join(import.meta.dirname, "../../..");

/** A directory that lbctl takes for a host, with the real proxy in it; only systemd is missing. */
export type BenchHost = Host & {
  readonly root: string;
  /** How often a daemon was started. */
  readonly starts: () => number;
  readonly close: () => Promise<void>;
};

export function openBenchHost(): BenchHost {
  const root = mkdtempSync(join(tmpdir(), "lbctl-"));
  const places = placesBelow(root);
  const gid = process.getgid?.() ?? 0;
  for (const subdir of CONFIG_SUBDIRS)
    makeDirectory(
      join(places.configDir, subdir),
      directoryAccess(subdir, () => gid),
    );
  for (const daemon of ["proxy", "vrrp"]) mkdirSync(join(places.runDir, daemon), { recursive: true });
  mkdirSync(places.stateDir, { recursive: true });
  installProxy(places);
  const running = new Map<DaemonName, ChildProcess>();
  let starts = 0;
  const daemons: Daemons = {
    ...askingDaemons(places),
    isRunning: (daemon) => running.get(daemon)?.exitCode === null,
    start: (daemon) => {
      starts += 1;
      const child = spawn(programBelow(places, `lbpair-${daemon}`), serveWords(places, daemon), { stdio: "ignore" });
      running.set(daemon, child);
      return done;
    },
    stop: (daemon) => {
      running.get(daemon)?.kill("SIGTERM");
      running.delete(daemon);
      return done;
    },
    reload: async (daemon) => {
      await untilAnswering(places, daemon, running.get(daemon));
      return askingDaemons(places).reload(daemon);
    },
  };
  const close = async () => {
    for (const child of running.values()) {
      child.kill("SIGKILL");
      if (child.exitCode === null) await once(child, "exit");
    }
    rmSync(root, { recursive: true, force: true });
  };
  return { root, places, daemons, gidOf: () => gid, starts: () => starts, close };
}

/** The working tree's proxy under the name that it has in a release. */
function installProxy(places: Places): void {
  const program = programBelow(places, "lbpair-proxy");
  mkdirSync(dirname(program), { recursive: true });
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${REPO}/proxy/main.ts' "$@"\n`, { mode: 0o755 });
}

function serveWords(places: Places, daemon: DaemonName): string[] {
  return ["--config-dir", places.configDir, "--run-dir", join(places.runDir, daemon)];
}

/** systemd waits for READY; here the status socket says it. */
async function untilAnswering(places: Places, daemon: DaemonName, child: ChildProcess | undefined): Promise<void> {
  for (;;) {
    const answer = await askStatus(statusSocketBelow(places, daemon), { request: "status" }, 5_000).catch(
      () => undefined,
    );
    if (answer !== undefined || child === undefined) return;
    if (child.exitCode !== null) throw new Error(`${daemon} ended with status ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
