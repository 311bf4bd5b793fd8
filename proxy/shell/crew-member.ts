import { type ChildProcess, spawn } from "node:child_process";
import { openDescriptorWay } from "../../daemon/ffi/descriptors.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import type { CountReport } from "../core/counts.ts";
import type { FromWorker, ToWorker, WorkerAnswer, WorkerQuestion } from "./crew-messages.ts";

/** How a member of the crew ended. */
export type MemberEnd = {
  readonly index: number;
  readonly pid: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
};

export type MemberEvents = {
  readonly onCounts: (connections: number, report: CountReport) => void;
  readonly onTrouble: (key: string) => void;
  readonly onLoneTickets: (listenerName: string, because: string) => void;
  /** The others are to take their turn at the backend of this key. */
  readonly onPass: (key: string) => void;
  readonly onEnd: (end: MemberEnd) => void;
};

/** A worker that says nothing for so long hangs, and is ended. Longer than any standstill of a busy machine. */
const SILENCE_MS = 10_000;
const LOOK_MS = 1_000;

/** One worker process, as its daemon sees it. */
export class CrewMember {
  connections = 0;
  /** Lines of its access log that nobody took. */
  droppedLines = 0;
  /** Whether a configuration is in force, so that it serves. */
  isServing = false;
  /** Places whose sockets it has, by key. */
  places: ReadonlySet<string> = new Set();
  readonly index: number;
  readonly way: number;
  readonly startedMs = performance.now();
  readonly ended: Promise<void>;
  readonly #libc: Libc;
  readonly #child: ChildProcess;
  readonly #events: MemberEvents;
  readonly #answers = new Map<number, (problem: string | undefined) => void>();
  readonly #questions = new Map<number, (answer: WorkerAnswer | undefined) => void>();
  #looks = 0;
  #looking: NodeJS.Timeout | undefined;

  /** @throws Error when there is no way to hand it sockets */
  constructor(index: number, command: readonly string[], libc: Libc, events: MemberEvents) {
    const pair = openDescriptorWay(libc);
    if (pair === undefined) throw new Error("worker: no socket pair");
    const [program = "", ...words] = command;
    this.index = index;
    this.#libc = libc;
    this.#events = events;
    this.way = pair[0];
    this.#child = spawn(program, words, { stdio: ["ignore", "inherit", "inherit", "ipc", pair[1]] });
    libc.close(pair[1]);
    this.#child.on("message", (message: FromWorker) => this.#hear(message));
    this.#child.on("error", () => undefined); // could not be started or told: its end says so
    this.ended = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => {
        this.#onExit({ index: this.index, pid: this.pid, code, signal });
        resolve();
      });
    });
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  tell(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /**
   * Lets it take the first half of a configuration.
   *
   * @returns what is wrong; undefined also when it has ended meanwhile: its successor gets what is then in force
   */
  prepare(order: Extract<ToWorker, { kind: "prepare" }>): Promise<string | undefined> {
    this.#watch();
    if (!this.isAlive) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#answers.set(order.id, resolve);
      this.tell(order);
    });
  }

  /** Asks it something; undefined: it has ended without an answer. */
  ask(id: number, question: WorkerQuestion): Promise<WorkerAnswer | undefined> {
    if (!this.isServing) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#questions.set(id, resolve);
      this.tell({ kind: "ask", id, question });
    });
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #hear(message: FromWorker): void {
    this.#looks = 0;
    switch (message.kind) {
      case "ready":
        return;
      case "prepared":
        this.#answers.get(message.id)?.(message.problem);
        this.#answers.delete(message.id);
        return;
      case "trouble":
        this.#events.onTrouble(message.key);
        return;
      case "loneTickets":
        this.#events.onLoneTickets(message.listenerName, message.because);
        return;
      case "answer":
        this.#questions.get(message.id)?.(message.answer);
        this.#questions.delete(message.id);
        return;
      case "pass":
        this.#events.onPass(message.key);
        return;
      case "counts":
        this.connections = message.connections;
        this.droppedLines = message.droppedLines;
        this.#events.onCounts(message.connections, message.report);
        return;
    }
  }

  /** Counts looks, not time: when this process has slept itself, it has not looked. */
  #watch(): void {
    this.#looking ??= setInterval(() => {
      this.#looks++;
      if (this.#looks * LOOK_MS > SILENCE_MS) this.kill();
    }, LOOK_MS);
  }

  #onExit(end: MemberEnd): void {
    clearInterval(this.#looking);
    this.#libc.close(this.way);
    this.isServing = false;
    this.connections = 0;
    for (const answer of this.#answers.values()) answer(undefined);
    this.#answers.clear();
    for (const resolve of this.#questions.values()) resolve(undefined);
    this.#questions.clear();
    this.#events.onEnd(end);
  }
}
