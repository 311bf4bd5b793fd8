import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { env, execPath } from "node:process";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { bunPath } from "../../../bootstrap/places.mjs";
import { renderDocument } from "../../../config/document.ts";
import type { ReloadResult, VrrpStatus } from "../../../config/status.ts";
import { type VrrpInput, vrrpDocument } from "../../../config/vrrp.ts";
import { askStatus, type StatusServer, serveStatus } from "../../../daemon/status-socket.ts";
import type { Child } from "./child.ts";
import type { Rig } from "./rig.ts";

/** The real daemon in a host of the rig. */
export type DaemonUnderTest = {
  readonly child: Child;
  /** Resolves with the log line of the next change into a state, or of the last one if it was that. */
  readonly reaches: (state: "Backup" | "Active" | "Fault" | "Initialize") => Promise<string>;
  readonly status: () => Promise<VrrpStatus>;
  readonly configure: (input: VrrpInput) => void;
  readonly reload: () => Promise<ReloadResult>;
  readonly socket: string;
  readonly configDir: string;
};

export type Runtime = { readonly name: string; readonly path: string };

/** The runtimes that are here, and why others are not. */
export function findRuntimes(): { runtimes: Runtime[]; missing: string[] } {
  const bun = env["LBPAIR_BUN"] ?? bunPath;
  const runtimes = [{ name: "node", path: execPath }];
  if (!existsSync(bun)) return { runtimes, missing: [`Bun: not at ${bun}`] };
  return { runtimes: [...runtimes, { name: "bun", path: bun }], missing: [] };
}

/** On a machine that runs a dozen of these tests at once. */
const ANSWER_MS_MAX = 30_000;

/** For a fake proxy, which lives in this process and is silent while it is busy. */
export const PATIENT = { trackProxy: { silenceMs: 60_000 } };

export const MAIN = fileURLToPath(new URL("../../../vrrp/main.ts", import.meta.url));

type Instance = Partial<VrrpInput["instances"][string]>;

/** A document with one instance `edge`, for a host whose proxy is not looked at. */
export function documentOf(priority: number, instance: Instance = {}, more: Partial<VrrpInput> = {}): VrrpInput {
  const edge = { vrid: 51, priority, addresses: ["192.0.2.100/24"], neighbourWaitMs: 0, ...instance };
  return { vrrp: "test", trackProxy: { isEnabled: false }, ...more, instances: { edge } };
}

export function writeDocument(configDir: string, input: VrrpInput): void {
  mkdirSync(join(configDir, "keys"), { recursive: true });
  if (input.control !== undefined) writeFileSync(join(configDir, "keys", "control"), "k".repeat(32));
  writeFileSync(join(configDir, "vrrp.jsonl"), renderDocument(vrrpDocument, input));
}

/**
 * Starts the daemon and waits until it says that it has.
 *
 * @param more  further arguments; a later one wins
 * @param wrapper  command that runs it, with other rights or limits
 */
export async function startDaemon(
  rig: Rig,
  host: string,
  runtime: Runtime,
  input: VrrpInput,
  wrapper: readonly string[] = [],
  more: readonly string[] = [],
): Promise<DaemonUnderTest> {
  const configDir = join(rig.directory, host, "etc");
  const runDir = join(rig.directory, host, "run");
  writeDocument(configDir, input);
  mkdirSync(runDir, { recursive: true });
  const places = ["--config-dir", configDir, "--run-dir", runDir, "--proxy-socket", proxySocket(rig, host)];
  const child = rig.spawn(host, ...wrapper, runtime.path, MAIN, ...places, ...more);
  await child.until(/"event":"started"/);
  const at = more.indexOf("--run-dir");
  const socket = join(at === -1 ? runDir : (more[at + 1] ?? runDir), "status.sock");
  return {
    child,
    configDir,
    socket,
    reload: async () => (await askStatus(socket, { request: "reload" }, ANSWER_MS_MAX)) as ReloadResult,
    configure: (next) => writeDocument(configDir, next),
    status: async () => (await askStatus(socket, { request: "status" }, ANSWER_MS_MAX)) as VrrpStatus,
    reaches: (state) => {
      const isState = (line: string) => /"event":"state"/.test(line);
      const last = child.lines.findLast(isState);
      const pattern = new RegExp(`"event":"state".*"to":"${state}"`);
      return last !== undefined && pattern.test(last) ? Promise.resolve(last) : child.until(pattern);
    },
  };
}

/** Puts a key where the daemon of a host reads it. */
export function writeKey(rig: Rig, host: string, name: string, value: string): void {
  const directory = join(rig.directory, host, "etc", "keys");
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, name), value);
}

/** Where the daemon of a host looks for its proxy. */
export function proxySocket(rig: Rig, host: string): string {
  return join(rig.directory, host, "proxy.sock");
}

/** A proxy's status socket that says what it is told to. */
export type FakeProxy = {
  /** Ends the lifelines of whoever holds on to it, after these words. */
  readonly letGo: (words: string) => void;
  readonly say: (isServing: boolean, because: string) => void;
  readonly close: () => Promise<void>;
};

/** One that ends with the test at the latest. */
export async function startFakeProxy(t: TestContext, rig: Rig, host: string): Promise<FakeProxy> {
  mkdirSync(join(rig.directory, host), { recursive: true });
  const lifeline = join(rig.directory, host, "lifeline.sock");
  const held = new Set<Socket>();
  const holder = createServer((socket) => {
    held.add(socket);
    socket.on("error", () => socket.destroy());
    socket.write("lbpair lifeline 1\n");
  });
  await new Promise<void>((resolve) => holder.listen(lifeline, resolve));
  let said = { isServing: true, because: "all listeners accept", lifeline };
  const letGo = (words: string) => {
    for (const socket of held) socket.end(words);
    held.clear();
  };
  const unused = () => ({});
  const server: StatusServer = await serveStatus(proxySocket(rig, host), {
    status: unused,
    reload: async () => unused(),
    watch: () => said,
  });
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    holder.close();
    letGo("b");
    await server.close();
  };
  t.after(close);
  return {
    say: (isServing, because) => {
      said = { isServing, because, lifeline };
      server.notifyWatchers();
    },
    letGo,
    close,
  };
}
