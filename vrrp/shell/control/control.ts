import type { VrrpConfig } from "../../../config/vrrp.ts";
import { Caller, type Loss } from "./caller.ts";
import { type Listener, openListener } from "./listener.ts";
import type { PeerAnswer, PeerRequest, StateWord } from "./words.ts";

export type ControlConfig = NonNullable<VrrpConfig["control"]>;

export type ControlOptions = {
  readonly name: string;
  readonly config: ControlConfig;
  readonly key: Uint8Array;
  readonly nowMs: () => number;
};

export type ControlEvents = {
  readonly onState: (word: StateWord) => void;
  /** The peer's process ended without a word, and its host says so. */
  readonly onDeath: (last: StateWord, because: string) => void;
  /** A path has come up, or why it has not. */
  readonly onPath: (address: string, isUp: boolean, because: string) => void;
  readonly answer: (request: PeerRequest) => Promise<PeerAnswer>;
  /** Someone with the key has called, and wants to know how this host is. */
  readonly onCaller: () => void;
};

/** A process that is ending has ended soon after. */
const RECALL_MS = 1;
/** After so long adverts have decided. */
const SUSPICION_MS_MAX = 1_000;

/**
 * The channel to the other host, over all its paths.
 *
 * The kernel closes the connections of a process that dies. Whether it was the process, and not a firewall between, is seen by calling
 * again: a host on which nobody listens any more refuses. A host that does not answer may be anything, and is left to the adverts.
 */
export class Control {
  readonly #options: ControlOptions;
  readonly #events: ControlEvents;
  readonly #listener: Listener;
  readonly #callers: readonly Caller[];
  #peer: { readonly word: StateWord; readonly atMs: number } | undefined;
  #suspicion: { readonly word: StateWord; readonly because: string; readonly atMs: number } | undefined;
  readonly #told = new Map<string, string>();

  constructor(options: ControlOptions, events: ControlEvents) {
    const { name, config, key } = options;
    this.#options = options;
    this.#events = events;
    const { port, peers, silenceMs } = config;
    const { answer, onCaller } = events;
    const onTrouble = (because: string) => this.#tellPath("listener", false, because);
    this.#listener = openListener({ port, peers, key, answer, onCaller, onTrouble });
    this.#callers = peers.map((address) => {
      const caller: Caller = new Caller(
        { address, port, key, name, silenceMs },
        {
          onState: (word) => this.#hear(address, word),
          onLoss: (loss, because, wasUp) => this.#lose(address, loss, because, wasUp),
        },
      );
      return caller;
    });
  }

  /** What the peer said last, and when; undefined: it is not heard of, or stopped, or died. */
  get peer(): { readonly word: StateWord; readonly atMs: number } | undefined {
    return this.#peer;
  }

  get paths(): { address: string; isUp: boolean; because: string }[] {
    return this.#callers.map(({ address, isUp, because }) => ({ address, isUp, because }));
  }

  tell(word: StateWord): void {
    this.#listener.tell(word);
  }

  async ask(request: PeerRequest): Promise<PeerAnswer> {
    const path = this.#callers.find(({ isUp }) => isUp);
    return path === undefined
      ? { isOk: false, problems: ["the other host is not heard of on the control channel"] }
      : path.ask(request);
  }

  close(): void {
    this.#listener.close();
    for (const caller of this.#callers) caller.close();
  }

  #hear(address: string, word: StateWord): void {
    const before = this.#suspicion?.word ?? this.#peer?.word;
    if (before !== undefined && before.process !== word.process)
      this.#die(before, `${before.name}'s VRRP daemon has been restarted`);
    this.#suspicion = undefined;
    this.#peer = { word, atMs: this.#options.nowMs() };
    this.#tellPath(address, true, "connected");
    this.#events.onState(word);
  }

  #lose(address: string, loss: Loss, because: string, wasUp: boolean): void {
    this.#tellPath(address, false, because);
    const isAnyUp = this.#callers.some(({ isUp }) => isUp);
    if (loss === "bye" && !isAnyUp) this.#peer = undefined;
    if (loss === "closed" && wasUp && !isAnyUp) this.#suspect(because);
    // A call that came between the end of the connection and that of the listener is closed with it: the next one is refused.
    if (loss === "closed" && !wasUp && this.#suspicion !== undefined) setTimeout(() => this.#dialAll(), RECALL_MS);
    if (loss === "refused" && this.#suspicion !== undefined) {
      const { word, atMs } = this.#suspicion;
      this.#suspicion = undefined;
      if (this.#options.nowMs() - atMs <= SUSPICION_MS_MAX)
        this.#die(
          word,
          `${word.name}'s VRRP daemon died: its connection closed without a word, and its host refuses another`,
        );
    }
  }

  /** The second look, on every path at once. */
  #suspect(because: string): void {
    if (this.#peer === undefined) return;
    this.#suspicion = { word: this.#peer.word, because, atMs: this.#options.nowMs() };
    this.#dialAll();
  }

  #dialAll(): void {
    const { atMs } = this.#suspicion ?? { atMs: Number.NEGATIVE_INFINITY };
    if (this.#options.nowMs() - atMs > SUSPICION_MS_MAX) return;
    for (const caller of this.#callers) caller.dialNow();
  }

  #die(word: StateWord, because: string): void {
    this.#peer = undefined;
    this.#events.onDeath(word, because);
  }

  /** Calls are made several times a second; only another outcome is worth telling. */
  #tellPath(address: string, isUp: boolean, because: string): void {
    if (this.#told.get(address) === because) return;
    this.#told.set(address, because);
    this.#events.onPath(address, isUp, because);
  }
}
