import { type Judgement, receiveIpv4 } from "./receive.ts";
import type { Settings } from "./settings.ts";

/** What differs between two packets that say the same: identification, and the header's checksum, which the kernel has checked. */
const IGNORED: ReadonlySet<number> = new Set([4, 5, 10, 11]);

/** An Active says the same ten times a second and more: a packet like the last is not read again, and costs no memory. */
export class ReceiveMemo {
  #settings: Settings | undefined;
  #ownSource = "";
  #bytes = new Uint8Array();
  #judgement: Judgement | undefined;

  /** The same as `receiveIpv4`; not for signed advertisements, of which no two are the same. */
  judge(settings: Settings, ownSource: string, bytes: Uint8Array): Judgement {
    const isKnown = settings === this.#settings && ownSource === this.#ownSource && this.#isLast(bytes);
    if (isKnown && this.#judgement !== undefined) return this.#judgement;
    this.#settings = settings;
    this.#ownSource = ownSource;
    this.#bytes = bytes.slice();
    this.#judgement = receiveIpv4(settings, ownSource, bytes);
    return this.#judgement;
  }

  #isLast(bytes: Uint8Array): boolean {
    if (bytes.length !== this.#bytes.length) return false;
    for (let at = 0; at < bytes.length; at++) if (bytes[at] !== this.#bytes[at] && !IGNORED.has(at)) return false;
    return true;
  }
}
