import type { Libc } from "../../daemon/ffi/libc.ts";
import { type Asker, LINK_LANGUAGES, type LinkLanguage, type LinkSeen } from "../core/link-language.ts";
import type { Placement } from "../core/network.ts";
import type { Settings } from "../core/settings.ts";
import { type LinkWatch, openLinkWatch } from "./link-watch.ts";

/** How often a silent link is asked. */
const ASK_INTERVAL_MS = 100;

/**
 * What a virtual router knows of the hosts on its link.
 *
 * An interface that has come up may be deaf for a while (a switch port that listens first, a bond that is not ready): adverts are then
 * missing, and nobody is Active. So it counts as up once anything at all was heard, or nothing for a time that is the user's to say.
 */
export class Neighbours {
  readonly #libc: Libc;
  #watch: LinkWatch | undefined;
  #language: LinkLanguage = LINK_LANGUAGES[4];
  #asker: Asker = { mac: "", source: "" };
  #questions: readonly string[] = [];
  /** Undefined: no link. */
  #deaf: { readonly untilMs: number; askAtMs: number } | "hears" | undefined;
  #hasNews = false;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  get fd(): number | undefined {
    return this.#watch?.fd;
  }

  get deadlineMs(): number {
    return typeof this.#deaf === "object" ? Math.min(this.#deaf.untilMs, this.#deaf.askAtMs) : Number.POSITIVE_INFINITY;
  }

  /** @returns why the router can't take part yet; undefined: it can */
  place(settings: Settings, placement: Placement, neighbours: readonly string[], nowMs: number): string | undefined {
    const { family, neighbourWaitMs } = settings;
    if (!placement.ok) {
      this.#deaf = undefined;
      return undefined;
    }
    const { link, source } = placement;
    this.#language = LINK_LANGUAGES[family];
    this.#asker = { mac: link.mac, source };
    const virtual = settings.addresses.map(({ address }) => address);
    const isOfFamily = (address: string) => address.includes(":") === (family === 6);
    this.#questions = [...neighbours.filter((address) => isOfFamily(address) && address !== source), ...virtual];
    if (this.#watch?.link.index !== link.index) this.#open(placement);
    if (this.#deaf === undefined)
      this.#deaf = neighbourWaitMs === 0 ? "hears" : { untilMs: nowMs + neighbourWaitMs, askAtMs: nowMs };
    if (this.#deaf !== "hears")
      return `interface ${link.name}: nothing heard from it yet, waiting at most ${neighbourWaitMs} ms`;
    this.#watch?.narrow(virtual);
    return undefined;
  }

  /** Something was heard on the link. */
  hear(): void {
    if (typeof this.#deaf !== "object") return;
    this.#deaf = "hears";
    this.#hasNews = true;
  }

  /** Next sign of life on the link; undefined: no more. */
  receive(): LinkSeen | undefined {
    const seen = this.#watch?.receive();
    if (seen !== undefined) this.hear();
    return seen;
  }

  fireTimer(nowMs: number): void {
    if (typeof this.#deaf !== "object") return;
    if (nowMs >= this.#deaf.untilMs) {
      this.hear(); // nobody is there, so there is nobody to wait for
      return;
    }
    if (nowMs < this.#deaf.askAtMs) return;
    this.#watch?.send(this.#language.call(this.#asker, this.#questions));
    this.#deaf.askAtMs = nowMs + ASK_INTERVAL_MS;
  }

  /** Whether the answer of `place` is another one since the last call. */
  takeNews(): boolean {
    const hasNews = this.#hasNews;
    this.#hasNews = false;
    return hasNews;
  }

  /** Asks who has these addresses; answers are received. */
  ask(addresses: readonly string[]): void {
    this.#watch?.send(this.#language.probe(this.#asker, addresses));
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }

  #open(placement: Placement & { ok: true }): void {
    this.close();
    this.#watch = openLinkWatch(this.#libc, placement.link, this.#language);
  }
}
