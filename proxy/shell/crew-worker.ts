import { takeDescriptors } from "../../daemon/ffi/descriptors.ts";
import { type Libc, openLibc } from "../../daemon/ffi/libc.ts";
import { findBackend, refreshChoice } from "../core/app.ts";
import { backendKey, READY, type Standing, setStanding } from "../core/backend.ts";
import { CountReporter } from "../core/counts.ts";
import { buildErrorResponse } from "../core/local-response.ts";
import { skipTurns } from "../core/select.ts";
import { openAccessLog } from "./access-log.ts";
import { answerOf, DESCRIPTOR_WAY, type FromWorker, REPORT_MS, type ToWorker } from "./crew-messages.ts";
import { placeKey } from "./listener.ts";
import { joinSharedMemory, SHARED_WORD } from "./shared-memory.ts";
import { type PreparedTable, Worker } from "./worker.ts";

/**
 * Is one of several workers of a daemon, until the daemon lets it go or is gone.
 *
 * @returns when it has nothing more to do
 */
export async function workForDaemon(isJournal: boolean): Promise<void> {
  const worker = new CrewWorker(await openLibc(), isJournal);
  // Signals to the whole group or control group are the daemon's to obey.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
  let obeyed = Promise.resolve();
  await new Promise<void>((resolve) => {
    process.on("disconnect", resolve);
    process.on("message", (message: ToWorker) => {
      // A drain lasts; what comes behind it (a shorter one) can't wait for its end.
      if (message.kind === "drain") void worker.drain(message).then(resolve);
      else obeyed = obeyed.then(() => worker.obey(message));
    });
    tell({ kind: "ready" });
  });
  await worker.close();
}

class CrewWorker {
  readonly #libc: Libc;
  readonly #accessLog: ReturnType<typeof openAccessLog>;
  readonly #worker: Worker;
  readonly #reporter = new CountReporter();
  readonly #sockets = new Map<string, number[]>();
  #index = 0;
  #prepared: PreparedTable | undefined;
  #reporting: NodeJS.Timeout | undefined;

  constructor(libc: Libc, isJournal: boolean) {
    this.#libc = libc;
    this.#accessLog = openAccessLog(isJournal);
    this.#worker = new Worker({
      accessLog: this.#accessLog,
      answerStats: () => Promise.resolve(buildErrorResponse(404)), // the stats page is the daemon's
      onTrouble: (app, { name, address }) => tell({ kind: "trouble", key: backendKey(app.name, name, address) }),
      onLoneTickets: (listenerName, because) => tell({ kind: "loneTickets", listenerName, because }),
      role: "apps",
      sockets: (place) => this.#take(placeKey(place)),
    });
  }

  async obey(message: Exclude<ToWorker, { kind: "drain" }>): Promise<void> {
    switch (message.kind) {
      case "prepare":
        await this.#prepare(message);
        return;
      case "commit":
        this.#commit(message);
        return;
      case "rollback":
        this.#prepared?.rollback();
        this.#prepared = undefined;
        this.#dropSockets();
        return;
      case "standing":
        this.#setStanding(message.key, message.standing);
        return;
      case "ask":
        tell({ kind: "answer", id: message.id, answer: answerOf(this.#worker, message.question) });
        return;
      case "turn":
        this.#takeTurn(message.key);
        return;
    }
  }

  async drain({ drainMs, isPatient }: Extract<ToWorker, { kind: "drain" }>): Promise<void> {
    await this.#worker.drain(drainMs, isPatient ? "patient" : "prompt");
    this.#report();
  }

  async close(): Promise<void> {
    clearInterval(this.#reporting);
    await this.#accessLog.close();
  }

  async #prepare({ id, configuration, index, columns, slots }: Extract<ToWorker, { kind: "prepare" }>): Promise<void> {
    this.#index = index;
    try {
      for (const { word, fd } of takeDescriptors(this.#libc, DESCRIPTOR_WAY)) {
        if (word === SHARED_WORD) this.#join(fd, columns);
        else this.#sockets.set(word, [...(this.#sockets.get(word) ?? []), fd]);
      }
      this.#accessLog.configure(configuration.proxy.log);
      this.#prepared = await this.#worker.prepare(configuration, slots);
      tell({ kind: "prepared", id, problem: undefined });
    } catch (error) {
      this.#dropSockets();
      tell({ kind: "prepared", id, problem: (error as Error).message });
    }
  }

  #join(memory: number, columns: number): void {
    const counts = joinSharedMemory(this.#libc, memory, columns, this.#index);
    this.#worker.join({ counts, pass: (key) => tell({ kind: "pass", key }) });
  }

  #commit({ standings }: Extract<ToWorker, { kind: "commit" }>): void {
    if (this.#prepared === undefined) return;
    const { apps } = this.#prepared.commit();
    this.#prepared = undefined;
    this.#dropSockets();
    for (const app of apps) {
      for (const { name, address, state } of app.backends) {
        setStanding(state, standings[backendKey(app.name, name, address)] ?? READY, performance.now());
      }
      refreshChoice(app);
      skipTurns(app, this.#index, performance.now());
    }
    this.#reporting ??= setInterval(() => this.#report(), REPORT_MS);
  }

  #setStanding(key: string, standing: Standing): void {
    const found = findBackend(this.#worker.table.apps, key);
    if (found === undefined) return;
    setStanding(found.backend.state, standing, performance.now());
    refreshChoice(found.app);
  }

  #takeTurn(key: string): void {
    const found = findBackend(this.#worker.table.apps, key);
    if (found !== undefined) found.app.line.serve(found.backend, found.app.choice.backends.includes(found.backend));
  }

  #report(): void {
    // Whoever was to pass a session on may have died, or hang: those who wait look for themselves.
    for (const { line } of this.#worker.table.apps) if (line.length > 0) line.stir();
    const report = this.#reporter.report(this.#worker.traffics(), performance.now());
    const { droppedLines } = this.#accessLog;
    tell({ kind: "counts", connections: this.#worker.connectionCount, droppedLines, report });
  }

  #take(key: string): number[] {
    const sockets = this.#sockets.get(key) ?? [];
    this.#sockets.delete(key);
    return sockets;
  }

  /** Sockets that no listener took would hold connections that nobody accepts. */
  #dropSockets(): void {
    for (const fd of [...this.#sockets.values()].flat()) this.#libc.close(fd);
    this.#sockets.clear();
  }
}

function tell(message: FromWorker): void {
  // The daemon may be gone already; its end is an event of its own.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
