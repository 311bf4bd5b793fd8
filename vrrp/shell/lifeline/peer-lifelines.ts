import type { VrrpConfig } from "../../../config/vrrp.ts";
import type { Libc } from "../../../daemon/ffi/libc.ts";
import type { PollSet } from "../../../daemon/ffi/poll-set.ts";
import { Lifelines } from "../../../daemon/lifelines.ts";
import { type LifelineNews, LifelineWatch } from "./lifeline-watch.ts";
import { listenForPeers, peerHolder, proveKey } from "./peer-sockets.ts";

type Control = NonNullable<VrrpConfig["control"]>;

/** How soon after a loss the peer is called again. */
const REDIAL_MS = 250;
/** Beside the control channel's port, whose words are the main thread's. */
const LIFELINE_PORT_OFFSET = 1;

type Path = { readonly address: string; watch: LifelineWatch | undefined; dialAtMs: number };

/**
 * Lifelines between the two hosts' engines, each way on every path: a daemon that is killed is known to be dead at once.
 *
 * Where they can't be had (a firewall), the control channel finds the same out a little later.
 */
export class PeerLifelines {
  readonly #libc: Libc;
  readonly #onTrouble: (because: string) => void;
  #identity = "";
  #own: Lifelines | undefined;
  #paths: readonly Path[] = [];
  #dial: (address: string) => LifelineWatch | undefined = () => undefined;

  constructor(libc: Libc, onTrouble: (because: string) => void) {
    this.#libc = libc;
    this.#onTrouble = onTrouble;
  }

  /** What is to be waited for before `turn` has something to do. */
  addTo(set: PollSet): void {
    this.#own?.addTo(set);
    for (let at = 0; at < this.#paths.length; at++) set.add(this.#paths[at]?.watch?.fd);
  }

  /** When `turn` has something to do though there is nothing to read. */
  get deadlineMs(): number {
    let soonestMs = Number.POSITIVE_INFINITY;
    for (let at = 0; at < this.#paths.length; at++) {
      const path = this.#paths[at];
      if (path !== undefined && path.watch === undefined) soonestMs = Math.min(soonestMs, path.dialAtMs);
    }
    return soonestMs;
  }

  /** Lifelines that stay as they are go on. */
  configure(control: Control | undefined, key: Uint8Array | undefined, nowMs: number): void {
    const identity = JSON.stringify([control?.port, control?.peers, [...(key ?? [])]]);
    if (identity === this.#identity) return;
    this.close();
    this.#identity = identity;
    if (control === undefined || key === undefined) return;
    const { peers } = control;
    const port = control.port + LIFELINE_PORT_OFFSET;
    try {
      const listeners = listenForPeers(this.#libc, port, peers);
      this.#own = new Lifelines(this.#libc, listeners, (challenge) => proveKey(key, challenge));
    } catch (error) {
      this.#onTrouble(`lifelines: ${(error as Error).message}`);
    }
    this.#dial = (address) => new LifelineWatch(this.#libc, peerHolder(address, port, key));
    this.#paths = peers.map((address) => ({ address, watch: undefined, dialAtMs: nowMs }));
  }

  /** @param onDeath  told the addresses at which the peer's daemon is dead */
  turn(nowMs: number, onDeath: (address: string, nowMs: number) => void): void {
    this.#own?.serve();
    for (let at = 0; at < this.#paths.length; at++) {
      const path = this.#paths[at];
      if (path !== undefined && this.#follow(path, nowMs) === "death") onDeath(path.address, nowMs);
    }
  }

  #follow(path: Path, nowMs: number): LifelineNews {
    if (path.watch === undefined && nowMs >= path.dialAtMs) path.watch = this.#dial(path.address);
    const news = path.watch?.hear() ?? "none";
    if (news !== "none") {
      path.watch = undefined;
      path.dialAtMs = nowMs + REDIAL_MS;
    }
    return news;
  }

  /** Says good-bye to the peer. */
  close(): void {
    this.#own?.end();
    this.#own = undefined;
    for (const { watch } of this.#paths) watch?.close();
    this.#paths = [];
    this.#identity = "";
  }
}
