import type { Family } from "../wire/ip-address.ts";
import { type Arrival, type Judgement, receive } from "./receive.ts";
import type { Settings } from "./settings.ts";

/** What differs between two packets that say the same: over IPv4 identification, and the header's checksum, which the kernel has checked. */
const IGNORED: Readonly<Record<Family, ReadonlySet<number>>> = { 4: new Set([4, 5, 10, 11]), 6: new Set() };

/** An Active says the same ten times a second and more: a packet like the last is not read again, and costs no memory. */
export class ReceiveMemo {
  #settings: Settings | undefined;
  #ownSource = "";
  #bytes = new Uint8Array();
  #sender = new Uint8Array();
  #judgement: Judgement | undefined;

  /** The same as `receive`; not for signed advertisements, of which no two are the same. */
  judge(settings: Settings, ownSource: string, arrival: Arrival): Judgement {
    const isKnown = settings === this.#settings && ownSource === this.#ownSource && this.#isLast(arrival);
    if (isKnown && this.#judgement !== undefined) return this.#judgement;
    const { buffer, length, sender } = arrival;
    this.#settings = settings;
    this.#ownSource = ownSource;
    this.#bytes = buffer.slice(0, length);
    this.#sender = sender.slice();
    this.#judgement = receive(settings, ownSource, arrival);
    return this.#judgement;
  }

  #isLast({ family, buffer, length, sender }: Arrival): boolean {
    if (length !== this.#bytes.length || sender.length !== this.#sender.length) return false;
    for (let at = 0; at < sender.length; at++) if (sender[at] !== this.#sender[at]) return false;
    const ignored = IGNORED[family];
    for (let at = 0; at < length; at++) if (buffer[at] !== this.#bytes[at] && !ignored.has(at)) return false;
    return true;
  }
}
