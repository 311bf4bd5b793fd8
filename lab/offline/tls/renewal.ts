import type { Change } from "../grpc/diff.ts";
import type { ResourceType } from "../grpc/provider.ts";
import type { Values } from "../grpc/values.ts";
import { unchanging } from "./unchanging.ts";

/** Tells the time; the only source of it, so that tests can move it. */
export type Clock = () => Date;

const HOUR_MS = 3_600_000;
/** RFC 5280 4.1.2.5: GeneralizedTime ends with the year 9999. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59);

/** What the state says about a certificate's life. */
type Life = {
  readonly validityEndTime?: string;
  readonly earlyRenewalHours?: number;
  readonly readyForRenewal?: boolean;
};

/** Time during which a certificate is valid, beginning now. */
export type Period = { readonly notBefore: Date; readonly notAfter: Date };

/** @throws Error when the end can't be written into a certificate */
export function periodFrom(now: Date, hours: number): Period {
  const startMs = Math.floor(now.getTime() / 1000) * 1000; // certificates know whole seconds
  const endMs = startMs + hours * HOUR_MS;
  if (endMs > LAST_MS) throw new Error(`validityPeriodHours: got ${hours}, want an end before the year 10000`);
  return { notBefore: new Date(startMs), notAfter: new Date(endMs) };
}

/** The outputs that describe a certificate's life. */
export function describePeriod({ notBefore, notAfter }: Period): Values {
  return { readyForRenewal: false, validityStartTime: rfc3339(notBefore), validityEndTime: rfc3339(notAfter) };
}

/**
 * How certificates are renewed: once the early-renewal window has begun, every
 * comparison answers "replace", whether or not an input changed or a refresh saw it.
 */
export function renewing(clock: Clock) {
  return {
    ...unchanging,
    outputDefaults: { earlyRenewalHours: 0, isCaCertificate: false, maxPathLength: -1, setSubjectKeyId: false },
    isReplacedBy: ({ path }: Change) => path !== "earlyRenewalHours",
    changesByTime: (olds: Values, news: Values): Change[] => {
      const { readyForRenewal, validityEndTime } = olds as Life;
      const isDue = readyForRenewal === true || isInWindow(clock(), { ...(news as Life), ...pickEnd(validityEndTime) });
      return isDue ? [{ path: "readyForRenewal", kind: "update" }] : [];
    },
    read: (state: Values): Values => ({ readyForRenewal: isInWindow(clock(), state as Life) }),
  } satisfies Partial<ResourceType>;
}

function isInWindow(now: Date, { validityEndTime, earlyRenewalHours = 0 }: Life): boolean {
  if (validityEndTime === undefined) return false;
  return now.getTime() >= Date.parse(validityEndTime) - earlyRenewalHours * HOUR_MS;
}

function pickEnd(validityEndTime: string | undefined): Life {
  return validityEndTime === undefined ? {} : { validityEndTime };
}

function rfc3339(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}
