import type { Libc } from "../../daemon/ffi/libc.ts";
import { type App, findBackend } from "../core/app.ts";
import { type Backend, backendKey, isOpen, standingOf } from "../core/backend.ts";
import { MergedCounts } from "../core/counts.ts";
import type { LocalResponse } from "../core/local-response.ts";
import { type Remains, RemainsColumn, remainsOf } from "../core/remains.ts";
import { assignSlots, NO_SLOTS } from "../core/slots.ts";
import type { Table } from "../core/table.ts";
import { newTraffic, type Traffic } from "../core/traffic.ts";
import type { RequestHead } from "../wire/message.ts";
import type { AccessLog, BatchedAccessLog } from "./access-log.ts";
import type { Configuration } from "./config-dir.ts";
import { Crew } from "./crew.ts";
import type { MemberEnd } from "./crew-member.ts";
import { answerOf, type Standings, type WorkerAnswer, type WorkerQuestion } from "./crew-messages.ts";
import { type Place, placesFor, placesOf } from "./listener.ts";
import type { ListeningSockets } from "./listening-sockets.ts";
import { openOwnMemory, openSharedMemory } from "./shared-memory.ts";
import { Worker } from "./worker.ts";

export type ForceOptions = {
  /** Processes that serve apps; 1: the daemon itself does. */
  readonly workers: number;
  readonly sockets: ListeningSockets;
  /** Starts a worker process. */
  readonly command: readonly string[];
  readonly libc: Libc;
  readonly accessLog: Pick<BatchedAccessLog, "droppedLines"> & AccessLog;
  readonly answerStats: (head: RequestHead) => Promise<LocalResponse>;
  /** As {@link Site.onTrouble}. */
  readonly onTrouble: (app: App, backend: Backend) => void;
  readonly onLoneTickets: (listenerName: string, because: string) => void;
  /** A worker process has ended that was not asked to. */
  readonly onLoss: (end: MemberEnd, againMs: number) => void;
  /** {@link Force.isServing} may have changed. */
  readonly onStrength: () => void;
  /** Others may have something under way that counts here as well: {@link Force.hold}. */
  readonly isSuccessor: boolean;
};

/** Where only the places themselves matter. */
const NO_TRAFFIC = newTraffic();

/**
 * Everyone who serves: the daemon's own worker, and a process for each core where there are several.
 *
 * The daemon's own worker keeps the table and the sums of all counts; with a crew beside it, it serves the stats page only.
 */
export class Force {
  readonly #own: Worker;
  readonly #accessLog: ForceOptions["accessLog"];
  readonly #crew: Crew | undefined;
  readonly #workers: number;
  readonly #sockets: ListeningSockets;
  readonly #merged = new MergedCounts();
  readonly #remains: RemainsColumn | undefined;
  #slots = NO_SLOTS;
  /** Of the table in force; none before there is one. */
  #apps: readonly App[] = [];

  constructor(options: ForceOptions) {
    const {
      workers,
      sockets,
      command,
      libc,
      accessLog,
      answerStats,
      onTrouble,
      onLoneTickets,
      onLoss,
      onStrength,
      isSuccessor,
    } = options;
    this.#workers = workers;
    this.#accessLog = accessLog;
    this.#sockets = sockets;
    const trafficOf = (key: string) => this.#own.trafficOf(key);
    this.#own = new Worker({
      accessLog,
      answerStats,
      onTrouble,
      onLoneTickets,
      role: workers > 1 ? "stats" : "all",
      sockets: (place) => this.#sockets.copies(place),
    });
    if (workers === 1) {
      const [own, others] = isSuccessor ? openOwnMemory(2) : [];
      if (own !== undefined) this.#own.join({ counts: own, pass: () => undefined });
      if (others !== undefined) this.#remains = new RemainsColumn(others);
      return;
    }
    const memory = openSharedMemory(libc, isSuccessor ? workers + 1 : workers);
    if (isSuccessor) this.#remains = new RemainsColumn(memory.countsOf(workers));
    this.#crew = new Crew(
      {
        count: workers,
        command,
        libc,
        sockets,
        memory,
        onCounts: (member, report) => this.#merged.add(member, report, trafficOf, performance.now()),
        onTrouble: (key) => {
          const found = findBackend(this.table.apps, key);
          if (found !== undefined) onTrouble(found.app, found.backend);
        },
        onLoneTickets,
        onLoss: (end, againMs) => {
          this.#merged.bury(end.index, trafficOf, performance.now());
          onLoss(end, againMs);
        },
        onStrength,
      },
      () => this.#standings(),
    );
  }

  get table(): Table {
    return this.#own.table;
  }

  get ports(): Readonly<Record<string, number>> {
    const places = placesOf({ proxy: this.table.proxy, apps: [] }, () => NO_TRAFFIC);
    const asked = Object.fromEntries(places.map(({ origin, port }) => [origin.listenerName, port]));
    return { ...asked, ...this.#own.ports };
  }

  get listenerTraffic(): ReadonlyMap<string, Traffic> {
    return this.#own.listenerTraffic;
  }

  get connections(): number {
    return this.#own.connectionCount + (this.#crew?.connections ?? 0);
  }

  /** Lines of the access log that nobody took. */
  get droppedLines(): number {
    return this.#accessLog.droppedLines + (this.#crew?.droppedLines ?? 0);
  }

  get requestsTotal(): number {
    return [...this.listenerTraffic.values()].reduce((sum, { requestsTotal }) => sum + requestsTotal, 0);
  }

  get isServing(): boolean {
    return this.#crew === undefined || this.#crew.strength > 0;
  }

  /** Process ids of the workers beside this process. */
  get pids(): readonly number[] {
    return this.#crew?.pids ?? [];
  }

  /**
   * Puts a configuration in force, everywhere or nowhere.
   *
   * @param onTable  called between the daemon's own going over and the others': health is judged by then
   * @throws Error when a listener can't be had, with nothing changed
   */
  async goOver(configuration: Configuration, onTable: (table: Table) => void): Promise<void> {
    const places = placesOf(configuration, () => NO_TRAFFIC);
    const closeOpened = await this.#open(places);
    try {
      const slots = assignSlots(this.#slots, configuration.apps, configuration.leaving);
      const own = await this.#own.prepare(configuration, slots);
      try {
        const duty = { configuration, places: placesFor("apps", places), slots };
        const crew = await this.#crew?.prepare(duty);
        this.#remains?.assign(slots);
        onTable(own.commit());
        crew?.commit();
        this.#slots = slots;
        this.#apps = this.#own.table.apps;
      } catch (error) {
        own.rollback();
        throw error;
      }
    } catch (error) {
      closeOpened();
      throw error;
    }
    this.#sockets.keep(places);
  }

  async #open(places: readonly Place[]): Promise<() => void> {
    const countOf = (place: Place) => this.#socketsAt(place);
    try {
      return this.#sockets.open(places, countOf);
    } catch {
      // A place that was given up a moment ago is taken as long as a worker has not come to closing its socket.
      await this.#crew?.settle();
      return this.#sockets.open(places, countOf);
    }
  }

  /** What is said of a backend has changed, in the table of this process. */
  tellStanding(app: App, { name, address, state }: Backend): void {
    this.#crew?.tellStanding(backendKey(app.name, name, address), standingOf(state));
  }

  /** What is under way here. */
  get remains(): Remains {
    return remainsOf(this.connections, this.table.apps);
  }

  /** What daemons before this one still have under way counts here as well from now on. */
  hold(remains: Remains): void {
    this.#remains?.hold(remains);
    // Nobody gives a session back here when one ends there. Workers of a crew look for themselves.
    if (this.#crew === undefined) for (const { line } of this.#apps) if (line.length > 0) line.stir();
  }

  /** Asks everyone who serves. */
  async ask(question: WorkerQuestion): Promise<WorkerAnswer> {
    const answers = [answerOf(this.#own, question), ...((await this.#crew?.ask(question)) ?? [])];
    return {
      sessions: answers.flatMap(({ sessions }) => sessions),
      total: answers.reduce((sum, { total }) => sum + total, 0),
      ended: answers.reduce((sum, { ended }) => sum + ended, 0),
    };
  }

  /** As {@link Worker.drain}. */
  async drain(drainMs: number, how: "prompt" | "patient"): Promise<void> {
    await Promise.all([this.#own.drain(drainMs, how), this.#crew?.drain(drainMs, how)]);
    this.#sockets.close();
  }

  #socketsAt({ origin }: Place): number {
    return origin.service.kind === "stats" ? 1 : this.#workers;
  }

  #standings(): Standings {
    const known = this.table.apps.flatMap((app) =>
      app.backends.map(({ name, address, state }) => ({ key: backendKey(app.name, name, address), state })),
    );
    const notable = known.filter(({ state }) => !isOpen(state) || state.weight !== undefined);
    return Object.fromEntries(notable.map(({ key, state }) => [key, standingOf(state)]));
  }
}
