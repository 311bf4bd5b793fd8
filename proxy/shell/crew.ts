import { handDescriptor } from "../../daemon/ffi/descriptors.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import type { Standing } from "../core/backend.ts";
import type { CountReport } from "../core/counts.ts";
import { restartOf } from "../core/restart.ts";
import type { Slots } from "../core/slots.ts";
import type { Configuration } from "./config-dir.ts";
import { CrewMember, type MemberEnd } from "./crew-member.ts";
import type { Standings, WorkerAnswer, WorkerQuestion } from "./crew-messages.ts";
import { type Place, placeKey } from "./listener.ts";
import type { ListeningSockets } from "./listening-sockets.ts";
import { SHARED_WORD, type SharedMemory } from "./shared-memory.ts";

export type CrewOptions = {
  readonly count: number;
  /** Starts a worker (main.ts). */
  readonly command: readonly string[];
  readonly libc: Libc;
  readonly sockets: ListeningSockets;
  readonly memory: SharedMemory;
  readonly onCounts: (member: number, report: CountReport) => void;
  /** Requests to the backend of this key fail. */
  readonly onTrouble: (key: string) => void;
  readonly onLoneTickets: (listenerName: string, because: string) => void;
  /** A worker has ended that was not asked to; another takes its place after `againMs`. */
  readonly onLoss: (end: MemberEnd, againMs: number) => void;
  /** How many workers serve has changed. */
  readonly onStrength: () => void;
};

/** What a worker does: a configuration and the places of it that it listens at. */
export type Duty = {
  readonly configuration: Configuration;
  readonly places: readonly Place[];
  /** Where it is counted what is limited for all workers together. */
  readonly slots: Slots;
};

/** The worker processes of a daemon, each with its own part of every place. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #members: (CrewMember | undefined)[];
  readonly #losses: number[];
  #duty: Duty | undefined;
  readonly #standings: () => Standings;
  #orders = 0;
  #isLeaving = false;
  #droppedBefore = 0;
  /** Resolves when nobody is between the two halves of going over. */
  #turn: Promise<void> = Promise.resolve();

  /** @param standings  asked whenever a worker begins with a configuration */
  constructor(options: CrewOptions, standings: () => Standings) {
    this.#options = options;
    this.#standings = standings;
    this.#members = Array.from({ length: options.count });
    this.#losses = this.#members.map(() => 0);
  }

  /** Workers that accept connections. */
  get strength(): number {
    return this.#present().filter(({ isServing }) => isServing).length;
  }

  get connections(): number {
    return this.#present().reduce((sum, { connections }) => sum + connections, 0);
  }

  /** Lines of all access logs that nobody took, those of workers that have ended too. */
  get droppedLines(): number {
    return this.#present().reduce((sum, { droppedLines }) => sum + droppedLines, this.#droppedBefore);
  }

  get pids(): readonly number[] {
    return this.#present().map(({ pid }) => pid);
  }

  /**
   * Lets every worker take what can fail of a configuration.
   *
   * @returns how to go over or back
   * @throws Error of the first worker that can't, with nothing changed
   */
  async prepare(duty: Duty): Promise<{ readonly commit: () => void; readonly rollback: () => void }> {
    const pass = await this.#takeTurn();
    for (const index of this.#members.keys()) this.#members[index] ??= this.#hire(index);
    const id = ++this.#orders;
    const members = this.#present();
    const problems = await Promise.all(members.map((member) => this.#brief(member, duty, id)));
    const problem = problems.find((each) => each !== undefined);
    const rollback = () => {
      for (const member of members) member.tell({ kind: "rollback", id });
      pass();
    };
    if (problem !== undefined) {
      rollback();
      throw new Error(problem);
    }
    const commit = () => {
      this.#duty = duty;
      for (const member of members) this.#engage(member, duty, id);
      pass();
      this.#options.onStrength();
    };
    return { commit, rollback };
  }

  /** Resolves when every worker has done what it was told. */
  async settle(): Promise<void> {
    // They answer in the order in which they are asked.
    if (this.#duty !== undefined) (await this.prepare(this.#duty)).rollback();
  }

  tellStanding(key: string, standing: Standing): void {
    for (const member of this.#present()) member.tell({ kind: "standing", key, standing });
  }

  /** Asks all who serve. */
  async ask(question: WorkerQuestion): Promise<WorkerAnswer[]> {
    const id = ++this.#orders;
    const answers = await Promise.all(this.#present().map((member) => member.ask(id, question)));
    return answers.filter((answer) => answer !== undefined);
  }

  /** Lets all go; resolves when the last is gone. */
  async drain(drainMs: number, how: "prompt" | "patient"): Promise<void> {
    this.#isLeaving = true;
    const members = this.#present();
    for (const member of members) member.tell({ kind: "drain", drainMs, isPatient: how === "patient" });
    const late = setTimeout(() => members.forEach((member) => void member.kill()), drainMs + LATE_MS);
    await Promise.all(members.map(({ ended }) => ended));
    clearTimeout(late);
  }

  #present(): CrewMember[] {
    return this.#members.filter((member) => member !== undefined);
  }

  #hire(index: number): CrewMember {
    const { command, libc, memory, onCounts, onTrouble, onLoneTickets } = this.#options;
    const member: CrewMember = new CrewMember(index, command, libc, {
      onCounts: (_, report) => onCounts(index, report),
      onTrouble,
      onLoneTickets,
      onPass: (key) => this.#pass(member, key),
      onEnd: (end) => this.#onEnd(member, end),
    });
    handDescriptor(libc, member.way, { word: SHARED_WORD, fd: memory.fd });
    return member;
  }

  /** Sockets first: they are there when the order that needs them is. */
  #brief(member: CrewMember, { configuration, places, slots }: Duty, id: number): Promise<string | undefined> {
    const { sockets, count, memory } = this.#options;
    for (const place of places) {
      if (!member.places.has(placeKey(place))) sockets.handPart(member.way, place, member.index, count);
    }
    const { columns } = memory;
    return member.prepare({ kind: "prepare", id, configuration, index: member.index, columns, slots });
  }

  #engage(member: CrewMember, { places }: Duty, id: number): void {
    member.places = new Set(places.map(placeKey));
    member.isServing = member.isAlive;
    member.tell({ kind: "commit", id, standings: this.#standings() });
  }

  /** Lets a new worker do what the others do. */
  async #begin(member: CrewMember): Promise<void> {
    const pass = await this.#takeTurn();
    const duty = this.#duty;
    const isNew = duty !== undefined && !member.isServing && this.#members[member.index] === member;
    if (isNew) {
      const id = ++this.#orders;
      const problem = await this.#brief(member, duty, id);
      if (problem === undefined) this.#engage(member, duty, id);
      else member.kill();
    }
    pass();
    this.#options.onStrength();
  }

  async #takeTurn(): Promise<() => void> {
    const before = this.#turn;
    let pass = () => {};
    this.#turn = new Promise((resolve) => {
      pass = resolve;
    });
    await before;
    return pass;
  }

  #pass(from: CrewMember, key: string): void {
    for (const member of this.#present()) if (member !== from) member.tell({ kind: "turn", key });
  }

  #onEnd(member: CrewMember, end: MemberEnd): void {
    const { index, startedMs } = member;
    this.#droppedBefore += member.droppedLines;
    this.#members[index] = undefined;
    this.#options.memory.clear(index);
    if (this.#isLeaving) return;
    const { losses, againMs } = restartOf(this.#losses[index] ?? 0, performance.now() - startedMs);
    this.#losses[index] = losses;
    this.#options.onLoss(end, againMs);
    this.#options.onStrength();
    setTimeout(() => this.#replace(index), againMs);
  }

  #replace(index: number): void {
    if (this.#isLeaving || this.#members[index] !== undefined) return;
    const member = this.#hire(index);
    this.#members[index] = member;
    void this.#begin(member);
  }
}

/** Beyond its time, a worker is taken for one that hangs. */
const LATE_MS = 5_000;
