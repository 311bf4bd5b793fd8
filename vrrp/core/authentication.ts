import type { Family } from "../wire/ip-address.ts";
import {
  decodeTrailer,
  encodeTrailer,
  isAfter,
  isSignatureRight,
  nextSequence,
  type Sequence,
  type Sign,
  TIME_UNITS_PER_SECOND,
  timeBetween,
} from "../wire/signature.ts";
import type { SteadyClock, Times } from "./steady-clock.ts";

/** By what a virtual router and its like know each other. */
export type Authentication =
  | { readonly kind: "none" }
  /** Version 2: up to 8 characters, in clear. */
  | { readonly kind: "password"; readonly password: string }
  | {
      readonly kind: "hmac";
      /** `receive-only`: signs nothing, requires nothing. `permissive`: signs, requires nothing. `enforce`: signs and requires. */
      readonly mode: "receive-only" | "permissive" | "enforce";
      readonly keyId: number;
      /** How far the clocks of two hosts may differ. */
      readonly windowMs: number;
      readonly sign: Sign;
    };

export type SignatureFault = "unsigned" | "other-key" | "stale" | "bad-signature" | "replayed";

/** A message behind its IP header, and where it came from. */
export type Signed = {
  readonly family: Family;
  readonly source: string;
  /** Without the trailer. */
  readonly message: Uint8Array;
  readonly trailer: Uint8Array;
};

/** Senders whose last sequence is remembered; a link has two, and a stranger without the key fills none. */
const SENDERS_MAX = 4;
const MS_PER_SECOND = 1_000;

/**
 * The signatures of one virtual router: what was sent and heard so far.
 *
 * They go by a steady clock: were it the host's, an Active whose clock is set would be stale to its Backup, and so would the Backup's
 * adverts be to it, and both would be Active. A peer that is right by the host's clock only is the proof that the steady one is wrong.
 */
export class Signatures {
  readonly #clock: SteadyClock;
  #sent: Sequence | undefined;
  readonly #heard = new Map<string, Sequence>();

  constructor(clock: SteadyClock) {
    this.#clock = clock;
  }

  /** What is wrong with a signature; undefined: nothing, or nothing that matters in this mode. */
  check(authentication: Authentication, signed: Signed, times: Times): SignatureFault | undefined {
    if (authentication.kind !== "hmac") return undefined;
    const fault = this.#judge(authentication, signed, times);
    // Who still takes unsigned advertisements gains nothing by refusing these, and one host has the new key first.
    if (fault === "unsigned") return authentication.mode === "enforce" ? fault : undefined;
    return authentication.mode === "receive-only" ? undefined : fault;
  }

  /** Trailer of a message to send; empty when nothing is signed. */
  sign(authentication: Authentication, message: Uint8Array, family: Family, source: string, times: Times): Uint8Array {
    if (authentication.kind !== "hmac" || authentication.mode === "receive-only") return new Uint8Array();
    this.#sent = nextSequence(this.#sent, timeOf(this.#clock.read(times)));
    return encodeTrailer(
      message,
      family,
      source,
      { keyId: authentication.keyId, sequence: this.#sent },
      authentication.sign,
    );
  }

  #judge(
    { keyId, windowMs, sign }: Authentication & { kind: "hmac" },
    { family, source, message, trailer }: Signed,
    times: Times,
  ): SignatureFault | undefined {
    if (trailer.length === 0) return "unsigned";
    const decoded = decodeTrailer(trailer);
    if (decoded === undefined) return "bad-signature";
    if (decoded.keyId !== keyId) return "other-key";
    const { sequence } = decoded;
    const isNear = (unixMs: number) =>
      timeBetween(sequence.time, timeOf(unixMs)) <= (windowMs / MS_PER_SECOND) * TIME_UNITS_PER_SECOND;
    const isSteady = isNear(this.#clock.read(times));
    // The cheap test first: a flood of old packets costs no hash.
    if (!isSteady && !isNear(times.unixMs)) return "stale";
    if (!isSignatureRight(message, family, source, trailer, sign)) return "bad-signature";
    const last = this.#heard.get(source);
    if (last !== undefined && !isAfter(sequence, last)) return "replayed";
    if (!isSteady) this.#clock.correct(times);
    this.#heard.delete(source);
    this.#heard.set(source, sequence);
    const [oldest] = this.#heard.keys();
    if (this.#heard.size > SENDERS_MAX && oldest !== undefined) this.#heard.delete(oldest);
    return undefined;
  }
}

/** Whether two passwords are the same; takes equally long wherever they differ. */
export function isSamePassword(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ (b.charCodeAt(at) || 0);
  return difference === 0;
}

function timeOf(unixMs: number): number {
  return Math.floor((unixMs * TIME_UNITS_PER_SECOND) / MS_PER_SECOND);
}
