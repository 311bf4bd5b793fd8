import { MessageChannel, Worker } from "node:worker_threads";
import type { InstanceStatus, Lateness } from "../../config/status.ts";
import type { VrrpConfig } from "../../config/vrrp.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import type { ProxyHealth } from "../core/eligibility.ts";
import type { PeerEvent } from "../core/state.ts";
import type { TrackResult } from "../core/track.ts";
import type { KeyMap } from "./authentication.ts";
import type { Command, LogLine, Report } from "./engine-messages.ts";
import type { EngineThreadData } from "./engine-thread.ts";

/** The engine as the main thread sees it. */
export type EngineClient = {
  /** Resolves when the engine works with it. */
  readonly configure: (config: VrrpConfig, keys: KeyMap) => Promise<void>;
  readonly tellProxyHealth: (health: ProxyHealth) => void;
  readonly tellProxyLifeline: (path: string | null, thread: number | undefined) => void;
  readonly tellTracks: (results: readonly TrackResult[]) => void;
  readonly tellPeerEvent: (instance: string, event: PeerEvent) => void;
  readonly tellPeerClock: (unixMs: number) => void;
  /** Rejects when the engine does not answer in time: then it hangs. */
  readonly snapshot: () => Promise<Readonly<Record<string, InstanceStatus>>>;
  /** How late timers were, as of the last snapshot. */
  readonly lateness: () => Lateness | undefined;
  /** What the engine's steady clock shows; undefined before the first snapshot. */
  readonly steadyUnixMs: () => number | undefined;
  /** Resolves when the last advertisements are sent, the addresses removed, and the thread has ended. */
  readonly stop: () => Promise<void>;
};

export type EngineEvents = {
  readonly onLog: (line: LogLine) => void;
  /** The thread ended without being asked to. */
  readonly onDeath: (because: string) => void;
};

/** Loading the thread's program takes long on a host that is busy booting. */
const START_MS_MAX = 30_000;
/** An engine that takes longer than this to answer does not send adverts either. */
const ANSWER_MS_MAX = 2_000;

/**
 * Starts the engine in a thread of its own; resolves when it runs.
 *
 * @param entry  the file that runs `runEngineThread` when it finds itself in a thread: the daemon's own, so that a bundle is one file
 */
export async function startEngine(libc: Libc, entry: URL, events: EngineEvents): Promise<EngineClient> {
  const { port1: port, port2 } = new MessageChannel();
  const bell = libc.eventfd();
  const workerData: EngineThreadData = { role: "engine", port: port2, bell };
  const worker = new Worker(entry, { workerData, transferList: [port2] });
  const waiting = new Waiting();
  let isStopping = false;
  let snapshotNumber = 0;
  let lateness: Lateness | undefined;
  let clockOffsetMs: number | undefined;

  port.on("message", (report: Report) => {
    if (report.kind === "log") events.onLog(report);
    else waiting.settle(keyOf(report), report);
  });
  const die = (because: string) => {
    if (!isStopping) events.onDeath(because);
    waiting.fail(because);
  };
  const exited = new Promise<void>((resolve) => {
    worker.once("exit", (code) => {
      libc.close(bell);
      // A thread's end may be seen before its last word.
      if (isStopping && code === 0) waiting.settle("stopped", { kind: "stopped" });
      die(`ended with code ${code}`);
      resolve();
    });
  });
  worker.once("error", (error) => die(error.message));

  const send = (command: Command) => {
    port.postMessage(command);
    libc.notify(bell);
  };
  await waiting.on("ready", START_MS_MAX);
  return {
    configure: async (config, keys) => {
      send({ kind: "configure", config, keys });
      await waiting.on("configured", ANSWER_MS_MAX);
    },
    tellProxyHealth: (health) => send({ kind: "proxyHealth", health }),
    tellProxyLifeline: (path, thread) => send({ kind: "proxyLifeline", path, thread }),
    tellTracks: (results) => send({ kind: "tracks", results }),
    tellPeerEvent: (instance, event) => send({ kind: "peer", instance, event }),
    tellPeerClock: (unixMs) => send({ kind: "peerClock", unixMs }),
    snapshot: async () => {
      snapshotNumber += 1;
      send({ kind: "snapshot", number: snapshotNumber });
      const report = await waiting.on(`snapshot ${snapshotNumber}`, ANSWER_MS_MAX);
      if (report.kind !== "snapshot") return {};
      lateness = report.lateness;
      clockOffsetMs = report.unixMs - performance.now();
      return report.instances;
    },
    lateness: () => lateness,
    steadyUnixMs: () => (clockOffsetMs === undefined ? undefined : performance.now() + clockOffsetMs),
    stop: async () => {
      isStopping = true;
      send({ kind: "stop" });
      await waiting.on("stopped", ANSWER_MS_MAX);
      port.close();
      await exited;
    },
  };
}

function keyOf(report: Exclude<Report, LogLine>): string {
  return report.kind === "snapshot" ? `snapshot ${report.number}` : report.kind;
}

type Answer = Exclude<Report, LogLine>;

/** Promises for the engine's answers, each with an end. */
class Waiting {
  readonly #expected = new Map<string, PromiseWithResolvers<Answer>>();

  async on(key: string, waitMs: number): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>();
    const timer = setTimeout(() => answer.reject(new Error(`engine: no ${key} within ${waitMs} ms`)), waitMs);
    this.#expected.set(key, answer);
    try {
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#expected.delete(key);
    }
  }

  settle(key: string, answer: Answer): void {
    this.#expected.get(key)?.resolve(answer);
  }

  fail(because: string): void {
    for (const { reject } of this.#expected.values()) reject(new Error(`engine: ${because}`));
  }
}
