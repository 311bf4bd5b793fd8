import { spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { backendSchema } from "../../config/app.ts";
import { parseValue } from "../../config/document.ts";
import { type ProxyStatus, proxyStatusSchema, type ReloadResult } from "../../config/status.ts";
import { openDescriptorWay, takeDescriptors } from "../../daemon/ffi/descriptors.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { askStatus } from "../../daemon/status-socket.ts";
import { refreshChoice } from "../core/app.ts";
import { backendKey, type Standing, setStanding } from "../core/backend.ts";
import type { Leaving, LeavingBackend } from "../core/leaving.ts";
import type { Remains } from "../core/remains.ts";
import type { Table } from "../core/table.ts";
import type { Standings } from "./crew-messages.ts";
import type { ListeningSockets } from "./listening-sockets.ts";

// How a new release takes over without a refused or cut connection:
//
//   old                                        new
//   is asked to `replace`: starts the new, hands it the listening sockets
//                                              asks for the old's status: what is said of backends
//                                              accepts on the same sockets, is there at the status socket's path
//                                              `retire` ─┐
//   main process of the unit no more  <────────┘
//   accepts nothing, lets its connections ask once more and go

/** Descriptor on which a successor gets the listening sockets. */
const SUCCESSOR_WAY = 3;
/** A release that does not serve by then is given up. */
const START_MS = 60_000;
const ASK_MS = 5_000;

/** Starts the successor of this daemon and waits for its word. */
export class Succession {
  #onRetire: (() => void) | undefined;

  /** Whether a successor is on its way, whose word counts. */
  get isUnderWay(): boolean {
    return this.#onRetire !== undefined;
  }

  /** @param command  how to start it; with what it needs to take over */
  start(command: readonly string[], libc: Libc, sockets: ListeningSockets): Promise<ReloadResult> {
    const pair = openDescriptorWay(libc);
    if (pair === undefined || this.isUnderWay) return Promise.resolve(refused("a successor is on its way already"));
    const [program = "", ...words] = command;
    sockets.handAll(pair[0]);
    const child = spawn(program, words, { stdio: ["ignore", "inherit", "inherit", pair[1]] });
    libc.close(pair[1]);
    return new Promise((resolve) => {
      const end = (result: ReloadResult) => {
        clearTimeout(timer);
        libc.close(pair[0]);
        this.#onRetire = undefined;
        child.removeAllListeners();
        child.on("error", () => undefined);
        child.unref();
        resolve(result);
      };
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        end(refused(`the new release does not serve after ${START_MS} ms`));
      }, START_MS);
      child.on("error", (error) => end(refused(`${program}: ${error.message}`)));
      child.on("exit", (code, signal) => end(refused(`the new release has ended (${signal ?? `status ${code}`})`)));
      this.#onRetire = () => end({ isOk: true, problems: [] });
    });
  }

  /** The successor says that it serves. */
  retire(): void {
    this.#onRetire?.();
  }
}

function refused(problem: string): ReloadResult {
  return { isOk: false, problems: [problem] };
}

/** The daemon that a new one takes over from. */
export type Predecessor = {
  /** What is said there of backends, where it is not that they are up and ready; by key. */
  readonly standings: Standings;
  /** Backends whose sessions are still to end. */
  readonly leaving: Leaving;
  readonly remains: Remains;
  /** Tells it that its work is done for it. */
  readonly retire: () => void;
};

/**
 * Takes over from a daemon that has started this one.
 *
 * @param statusSocket  its path, which will be ours
 * @throws Error when it does not answer
 */
export async function takeOver(statusSocket: string, libc: Libc, sockets: ListeningSockets): Promise<Predecessor> {
  sockets.adopt(takeDescriptors(libc, SUCCESSOR_WAY));
  libc.close(SUCCESSOR_WAY);
  const { apps, connections } = proxyStatusSchema.parse(await askStatus(statusSocket, { request: "status" }, ASK_MS));
  const standings = Object.entries(apps).flatMap(([app, { backends }]) =>
    Object.entries(backends).map(([name, status]) => [backendKey(app, name, status.address), standingOf(status)]),
  );
  const sessions = Object.entries(apps).flatMap(([app, { backends }]) =>
    Object.entries(backends).map(([name, { address, sessions }]) => [backendKey(app, name, address), sessions]),
  );
  const leaving = Object.entries(apps).map(([app, { backends }]) => [app, leavingOf(backends, performance.now())]);
  const socket = await connected(statusSocket);
  return {
    standings: Object.fromEntries(standings),
    leaving: Object.fromEntries(leaving),
    remains: { connections, sessions: Object.fromEntries(sessions) },
    retire: () => socket.end(`${JSON.stringify({ request: "retire", pid: process.pid })}\n`),
  };
}

function standingOf({ state, operator, weight }: BackendStatus): Standing {
  const said = operator ?? (state === "drain" || state === "maint" ? state : "ready");
  return { isUp: state !== "down", operator: said, weight };
}

/** @param nowMs  monotonic */
function leavingOf(backends: Readonly<Record<string, BackendStatus>>, nowMs: number): Leaving[string] {
  const entries = Object.entries(backends).flatMap(([name, { removed }]): [string, LeavingBackend][] => {
    if (removed === undefined) return [];
    // Another release may know fields of a backend that this one does not.
    const parsed = parseValue(backendSchema, removed.document);
    return parsed.ok ? [[name, { config: parsed.value, sinceMs: nowMs - removed.sinceMs }]] : [];
  });
  return Object.fromEntries(entries);
}

type BackendStatus = ProxyStatus["apps"][string]["backends"][string];

/** A connection that stands, because the path will soon lead to us. */
function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    socket.on("error", reject);
    socket.resume();
  });
}

/** Puts in force what was said of backends by the daemon before this one. */
export function adoptStandings({ apps }: Table, standings: Standings, nowMs: number): void {
  for (const app of apps) {
    for (const { name, address, state } of app.backends) {
      const standing = standings[backendKey(app.name, name, address)];
      if (standing !== undefined) setStanding(state, standing, nowMs);
    }
    refreshChoice(app);
  }
}
