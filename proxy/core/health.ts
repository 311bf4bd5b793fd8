import type { CheckConfig } from "../../config/app.ts";

// Health of one backend, HAProxy's counter: 0 … rise-1 is down, rise … rise+fall-1
// is up. A check that passes goes one up, one that fails goes one down; crossing
// the line goes to the far end of the other side.
//
//   down 0 ── 1 ── … ── rise-1 │ rise ── … ── rise+fall-1 up
//
// A new backend starts at `rise`, unless the app says otherwise: it gets requests, and one failed check takes it out.
// Its first check is believed at once; one that starts at an end has farther to go.

export type Health = { readonly level: number; readonly isChecked: boolean };

export type HealthRules = Pick<CheckConfig, "rise" | "fall">;

export type HealthChange = "wentUp" | "wentDown" | "firstSeenUp" | "none";

export function newHealth({ rise, fall, initialState }: HealthRules & Pick<CheckConfig, "initialState">): Health {
  switch (initialState) {
    case "fullyUp":
      return { level: rise + fall - 1, isChecked: false };
    case "up":
      return { level: rise, isChecked: false };
    case "down":
      return { level: rise - 1, isChecked: false };
    case "fullyDown":
      return { level: 0, isChecked: false };
  }
}

export function isUp({ level }: Health, { rise }: HealthRules): boolean {
  return level >= rise;
}

/** Health after a check. */
export function stepHealth(
  health: Health,
  rules: HealthRules,
  hasPassed: boolean,
): { readonly health: Health; readonly change: HealthChange } {
  const { rise, fall } = rules;
  const top = rise + fall - 1;
  const wasUp = isUp(health, rules);
  const next = hasPassed ? afterPass(health, rise, top) : afterFail(health, rise);
  return { health: { level: next, isChecked: true }, change: changeOf(wasUp, next >= rise, health.isChecked) };
}

function afterPass({ level, isChecked }: Health, rise: number, top: number): number {
  if ((!isChecked && level >= rise) || level + 1 === rise) return top;
  return Math.min(level + 1, top);
}

function afterFail({ level }: Health, rise: number): number {
  // The last that is up falls to the far end of the other side.
  return level > rise ? level - 1 : 0;
}

function changeOf(wasUp: boolean, isUpNow: boolean, wasChecked: boolean): HealthChange {
  if (wasUp && !isUpNow) return "wentDown";
  if (!wasUp && isUpNow) return "wentUp";
  return wasChecked ? "none" : "firstSeenUp";
}

/** HAProxy's word for the state, with how far it has gone towards the other: `UP`, `UP 1/2`, `DOWN`, `DOWN 1/2`. */
export function healthText(health: Health, rules: HealthRules): string {
  const { rise, fall } = rules;
  const { level } = health;
  if (isUp(health, rules))
    return level === rise + fall - 1 || !health.isChecked ? "UP" : `UP ${level - rise + 1}/${fall}`;
  return level === 0 ? "DOWN" : `DOWN ${level}/${rise}`;
}

/**
 * Time until the next check, ms.
 *
 * @param random  0..1, spreads the checks of many backends
 */
export function nextCheckMs(health: Health, check: CheckConfig, random: number): number {
  const base = intervalMs(health, check);
  const spread = (base * check.spreadPercent) / 100;
  return Math.max(1, Math.round(base - spread + 2 * spread * random));
}

function intervalMs({ level, isChecked }: Health, check: CheckConfig): number {
  const { rise, fall, intervalMs, fastIntervalMs, downIntervalMs } = check;
  if (isChecked && level === 0) return downIntervalMs ?? intervalMs;
  if (isChecked && level === rise + fall - 1) return intervalMs;
  // In doubt: ask more often, but never less often than when sure.
  return Math.min(fastIntervalMs, intervalMs);
}
