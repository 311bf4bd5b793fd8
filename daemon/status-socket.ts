import { chmodSync, renameSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { DOCUMENT_LENGTH_MAX, parseValue } from "../config/document.ts";
import { formatProblem } from "../config/problems.ts";
import { requestSchema, type StatusQuestion, type StatusRequest, WATCH_HEARTBEAT_MS } from "../config/status.ts";
import { eachLine } from "./lines.ts";

/** What a daemon answers on its status socket. */
export type StatusHandlers = {
  /** May be a promise: the answer is sent when it is there. */
  readonly status: (request: Extract<StatusRequest, { request: "status" }>) => unknown;
  /** Reads the files again; the answer is sent when the outcome is known. */
  readonly reload: () => Promise<unknown>;
  /** Judges a change of files (config/status.ts); absent where the program itself is asked. */
  readonly check?: (request: Extract<StatusRequest, { request: "check" }>) => unknown;
  /** Moves the addresses to the other host; absent where there are none. */
  readonly switchover?: (instance: string | undefined) => Promise<unknown>;
  /** Sets the state of a backend (config/status.ts); absent where there are none. */
  readonly setBackend?: (request: Extract<StatusRequest, { request: "backend" }>) => unknown;
  readonly setWeight?: (request: Extract<StatusRequest, { request: "weight" }>) => unknown;
  readonly shutDown?: (request: Extract<StatusRequest, { request: "shutdown" }>) => Promise<unknown>;
  readonly sessions?: (request: Extract<StatusRequest, { request: "sessions" }>) => Promise<unknown>;
  /** Lets another release take over (config/status.ts); absent where that can't be. */
  readonly replace?: () => Promise<unknown>;
  readonly retire?: (pid: number) => unknown;
  /** What a daemon before this one still has, until {@link StatusHandlers.hangUp} of its connection. */
  readonly remains?: (request: Extract<StatusRequest, { request: "remains" }>, connection: object) => unknown;
  /** A caller's connection has ended. */
  readonly hangUp?: (connection: object) => void;
  /** The newest events. */
  readonly events?: (max: number) => unknown;
  /** What Prometheus reads. */
  readonly metrics?: () => Promise<unknown>;
  /** The value that a `watch` repeats; absent where nobody watches. */
  readonly watch?: () => unknown;
};

export type StatusServer = {
  /** Sends the current value of `watch` to every watcher now. */
  readonly notifyWatchers: () => void;
  /** Ends all connections and removes the socket; `leave` leaves the path to the process that has taken it. */
  readonly close: (path?: "remove" | "leave") => Promise<void>;
};

/** The longest request has two whole documents in it, between which an app moves, with every second character escaped. */
const REQUEST_LENGTH_MAX = 4 * DOCUMENT_LENGTH_MAX;

/**
 * Opens a daemon's status socket (config/status.ts), readable for its group.
 *
 * A socket file left by a dead process is replaced.
 *
 * @throws the system's error if the path can't be bound
 */
export async function serveStatus(path: string, handlers: StatusHandlers): Promise<StatusServer> {
  const sockets = new Set<Socket>();
  const watchers = new Set<Socket>();
  const notifyWatchers = () => {
    for (const socket of watchers) send(socket, handlers.watch?.());
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy()); // the caller hung up: nothing to do but forget it
    socket.on("close", () => {
      sockets.delete(socket);
      watchers.delete(socket);
      handlers.hangUp?.(socket);
    });
    eachLine(socket, REQUEST_LENGTH_MAX, (line) => void answer(line, socket, handlers, watchers));
  });
  // The runtime removes the path that it was given when it closes, and by then another process may be at ours.
  const own = `${path}.${process.pid}`;
  rmSync(own, { force: true });
  await listen(server, own);
  chmodSync(own, 0o660);
  renameSync(own, path);
  const heartbeat = setInterval(notifyWatchers, WATCH_HEARTBEAT_MS);
  const close = (end: "remove" | "leave" = "remove") =>
    new Promise<void>((resolve) => {
      clearInterval(heartbeat);
      if (end === "remove") rmSync(path, { force: true });
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  return { notifyWatchers, close };
}

const NO_BACKENDS = { error: "request: this daemon has no backends" };
const NO_CHECK = { error: "request: this daemon's program checks" };
const NO_SUCCESSION = { error: "request: this daemon is restarted, not replaced" };

async function answer(line: string, socket: Socket, handlers: StatusHandlers, watchers: Set<Socket>): Promise<void> {
  const parsed = parseValue(requestSchema, parseJson(line));
  if (!parsed.ok) {
    const [problem] = parsed.problems;
    send(socket, { error: problem === undefined ? "bad request" : formatProblem("request", problem) });
    return;
  }
  const request: StatusRequest = parsed.value;
  try {
    if (request.request === "status") send(socket, await handlers.status(request));
    if (request.request === "reload") send(socket, await handlers.reload());
    if (request.request === "check") send(socket, handlers.check?.(request) ?? NO_CHECK);
    if (request.request === "backend") send(socket, handlers.setBackend?.(request) ?? NO_BACKENDS);
    if (request.request === "weight") send(socket, handlers.setWeight?.(request) ?? NO_BACKENDS);
    if (request.request === "shutdown") send(socket, (await handlers.shutDown?.(request)) ?? NO_BACKENDS);
    if (request.request === "sessions") send(socket, (await handlers.sessions?.(request)) ?? NO_BACKENDS);
    if (request.request === "replace") send(socket, (await handlers.replace?.()) ?? NO_SUCCESSION);
    if (request.request === "retire") send(socket, handlers.retire?.(request.pid) ?? NO_SUCCESSION);
    if (request.request === "remains") send(socket, handlers.remains?.(request, socket) ?? NO_SUCCESSION);
    if (request.request === "events")
      send(socket, handlers.events?.(request.max) ?? { error: "request: no journal here" });
    if (request.request === "metrics")
      send(socket, (await handlers.metrics?.()) ?? { error: "request: this daemon's metrics are elsewhere" });
    if (request.request === "switchover") {
      const result = handlers.switchover?.(request.instance) ?? {
        error: "request: this daemon has no addresses to move",
      };
      send(socket, await result);
    }
  } catch (error) {
    send(socket, { error: String(error) });
  }
  if (request.request === "watch" && handlers.watch !== undefined) {
    watchers.add(socket);
    send(socket, handlers.watch());
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line; // reported as "got the line, want an object"
  }
}

function send(socket: Socket, value: unknown): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(value)}\n`);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/**
 * Asks a daemon's status socket one question.
 *
 * @returns the answer, unparsed; check it against its schema
 * @throws Error with the path, when nobody listens, the daemon hangs up or `waitMs` passes
 */
export function askStatus(path: string, request: StatusQuestion, waitMs: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const fail = (why: string) => {
      socket.destroy();
      reject(new Error(`${path}: ${why}`));
    };
    const timer = setTimeout(() => fail(`no answer to ${JSON.stringify(request.request)} within ${waitMs} ms`), waitMs);
    socket.on("error", (error) => fail(error.message));
    socket.on("close", () => {
      clearTimeout(timer);
      fail("closed without an answer");
    });
    socket.on("connect", () => send(socket, request));
    eachLine(socket, Number.POSITIVE_INFINITY, (line) => {
      clearTimeout(timer);
      resolve(JSON.parse(line));
      socket.destroy();
    });
  });
}
