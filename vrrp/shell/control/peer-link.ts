import { randomUUID } from "node:crypto";
import type { ControlStatus, InstanceStatus, SwitchoverResult } from "../../../config/status.ts";
import type { VrrpConfig } from "../../../config/vrrp.ts";
import type { Log } from "../../../daemon/log.ts";
import { type StandbyFacts, standbyProblems } from "../../core/standby.ts";
import type { State } from "../../core/state.ts";
import type { EngineClient } from "../engine-client.ts";
import { commonHash } from "./common.ts";
import { Control } from "./control.ts";
import { Switchover } from "./switchover.ts";
import type { StateWord } from "./words.ts";

/** How often this host says how it is; an Active that is heard this way within three of these is not taken for dead. */
const WORD_INTERVAL_MS = 50;
/** Every so many words the engine is asked again, though it reported no change. */
const WORDS_PER_SNAPSHOT = 4;
/** Clocks that differ by less go on as they are: the narrowest window of signatures is ten times as wide. */
const CLOCK_DIFFERENCE_MS = 100;
/** A word that is older says nothing of now. */
export const WORD_FRESH_MS = 500;

export type PeerLinkTools = { readonly engine: EngineClient; readonly log: Log; readonly nowMs: () => number };

type Instances = Readonly<Record<string, InstanceStatus>>;

/** Ties the control channel to the engine: what this host says of itself, and what becomes of what the peer says. */
export class PeerLink {
  readonly #tools: PeerLinkTools;
  readonly #process = randomUUID();
  readonly #switchover: Switchover;
  #config: VrrpConfig;
  #identity = "";
  #control: Control | undefined;
  #isProxyHealthy = false;
  #instances: Instances = {};
  #words = 0;
  #problems = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;

  constructor(tools: PeerLinkTools, config: VrrpConfig, key: Uint8Array | undefined) {
    this.#tools = tools;
    this.#config = config;
    this.#switchover = new Switchover(tools, {
      config: () => this.#config,
      control: () => this.#control,
      instances: () => this.refresh(),
      facts: (name, own) => this.#facts(name, own),
    });
    this.configure(config, key);
    this.#timer = setInterval(() => this.#beat(), WORD_INTERVAL_MS);
  }

  /** A channel that stays as it is goes on. */
  configure(config: VrrpConfig, key: Uint8Array | undefined): void {
    this.#config = config;
    const identity = JSON.stringify([config.vrrp, config.control ?? null, Buffer.from(key ?? []).toString("hex")]);
    if (identity === this.#identity) return;
    this.#identity = identity;
    this.#control?.close();
    this.#control = undefined;
    if (config.control === undefined || key === undefined) return;
    const { log, engine, nowMs } = this.#tools;
    this.#control = new Control(
      { name: config.vrrp, config: config.control, key, nowMs },
      {
        onState: (word) => this.#hear(word),
        onDeath: (last, because) => {
          for (const [name, { source }] of Object.entries(last.instances))
            engine.tellPeerEvent(name, { kind: "peerDied", source, because });
          log.warn({ event: "peer", isAlive: false, because });
        },
        onPath: (address, isUp, because) => log.info({ event: "control", address, isUp, because }),
        answer: (request) => this.#switchover.answer(request),
        onCaller: () => this.#say(),
      },
    );
  }

  tellProxyHealth(isHealthy: boolean): void {
    this.#isProxyHealthy = isHealthy;
    this.#say();
  }

  /** A virtual router is in another state: the peer is told at once. */
  async refresh(): Promise<Instances> {
    this.#instances = await this.#tools.engine.snapshot();
    this.#say();
    return this.#instances;
  }

  switchover(instance: string | undefined): Promise<SwitchoverResult> {
    return this.#switchover.start(instance);
  }

  status(instances: Instances): ControlStatus | undefined {
    const control = this.#control;
    if (control === undefined) return undefined;
    const { peer, paths } = control;
    const active = Object.entries(instances).filter(([, { state }]) => state === "Active");
    return {
      paths,
      peer:
        peer === undefined
          ? null
          : {
              name: peer.word.name,
              heardMs: Math.round(this.#tools.nowMs() - peer.atMs),
              isSameConfiguration: peer.word.commonHash === commonHash(this.#config),
              states: Object.fromEntries(Object.entries(peer.word.instances).map(([name, { state }]) => [name, state])),
            },
      standbyProblems: Object.fromEntries(active.map(([name, own]) => [name, standbyProblems(this.#facts(name, own))])),
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#control?.close();
    this.#control = undefined;
  }

  #beat(): void {
    if (this.#control === undefined) return;
    this.#words += 1;
    if (this.#words % WORDS_PER_SNAPSHOT !== 0) {
      this.#say();
      return;
    }
    this.#reportProblems();
    this.refresh().catch(() => undefined); // an engine that does not answer is the watchdog's business
  }

  #say(): void {
    const { vrrp: name } = this.#config;
    const instances = Object.entries(this.#instances).map(([key, own]) => {
      const { state, because, vrid, priority, source, activeAddress, lastAdvertMs } = own;
      return [key, { state, because, vrid, priority, source, activeAddress, lastAdvertMs }] as const;
    });
    this.#control?.tell({
      kind: "state",
      name,
      process: this.#process,
      commonHash: commonHash(this.#config),
      isProxyHealthy: this.#isProxyHealthy,
      unixMs: this.#tools.engine.steadyUnixMs(),
      instances: Object.fromEntries(instances),
    });
  }

  #hear(word: StateWord): void {
    this.#compareClocks(word);
    for (const [name, { source, state, priority }] of Object.entries(word.instances)) {
      const told = { source, state: STATE_KINDS[state], priority };
      this.#tools.engine.tellPeerEvent(name, { kind: "peerTold", word: told });
    }
  }

  /** Hosts that sign go by the later of their two steady clocks. */
  #compareClocks({ unixMs }: StateWord): void {
    if (unixMs === undefined) return;
    const own = this.#tools.engine.steadyUnixMs();
    if (own === undefined || unixMs > own + CLOCK_DIFFERENCE_MS) this.#tools.engine.tellPeerClock(unixMs);
  }

  /** Whether the standby is ready is worth a line when this host becomes Active, and when it changes. */
  #reportProblems(): void {
    for (const [name, own] of Object.entries(this.#instances)) {
      if (own.state !== "Active") {
        this.#problems.delete(name);
        continue;
      }
      const problems = standbyProblems(this.#facts(name, own));
      const key = problems.map((problem) => problem.replace(/\d+ ms$/, "")).join("; ");
      if (this.#problems.get(name) === key) continue;
      this.#problems.set(name, key);
      const isReady = problems.length === 0;
      this.#tools.log[isReady ? "info" : "warn"]({ event: "standby", instance: name, isReady, problems });
    }
  }

  #facts(name: string, own: InstanceStatus): StandbyFacts {
    const peer = this.#control?.peer;
    const isFresh = peer !== undefined && this.#tools.nowMs() - peer.atMs <= WORD_FRESH_MS;
    const { advertIntervalMs = 0, preempt = "never" } = this.#config.instances[name] ?? {};
    return {
      own,
      peer: isFresh ? peer.word.instances[name] : undefined,
      isSameConfiguration: peer?.word.commonHash === commonHash(this.#config),
      advertIntervalMs,
      preempt,
    };
  }
}

const STATE_KINDS: Readonly<Record<InstanceStatus["state"], State["kind"]>> = {
  Initialize: "initialize",
  Fault: "fault",
  Backup: "backup",
  Active: "active",
};
