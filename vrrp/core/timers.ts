import type { Version } from "../wire/advertisement.ts";

/** RFC 9568 6.1: adverts that may be missing before the Active counts as gone. */
const MISSED_ADVERTS = 3;
/** RFC 3768 6.1: in version 2 the skew is a fraction of a second, whatever the interval. */
const V2_SKEW_UNIT_MS = 1_000;
const PRIORITY_LEVELS = 256;

/** Skew_Time: how much later than a perfect candidate this router takes over. */
export function skewMs(version: Version, priority: number, activeIntervalMs: number): number {
  const unit = version === 2 ? V2_SKEW_UNIT_MS : activeIntervalMs;
  return ((PRIORITY_LEVELS - priority) * unit) / PRIORITY_LEVELS;
}

/** Active_Down_Interval: silence after which the Active counts as gone. */
export function activeDownMs(version: Version, priority: number, activeIntervalMs: number): number {
  return MISSED_ADVERTS * activeIntervalMs + skewMs(version, priority, activeIntervalMs);
}

/** The kernel counts leases in whole seconds. */
const LEASE_SECONDS_MIN = 1;
const MS_PER_SECOND = 1_000;
/** Renewals per lease: one may come late. */
const RENEWALS_PER_LEASE = 2.5;

/** Life of an address without renewal: it ends before the other routers take over, as far as whole seconds allow. */
export function leaseSeconds(activeDownIntervalMs: number): number {
  return Math.max(LEASE_SECONDS_MIN, Math.floor(activeDownIntervalMs / MS_PER_SECOND));
}

export function leaseRenewalMs(activeDownIntervalMs: number): number {
  return (leaseSeconds(activeDownIntervalMs) * MS_PER_SECOND) / RENEWALS_PER_LEASE;
}
