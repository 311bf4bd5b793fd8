import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseApp } from "../../config/passthrough.ts";
import { documentPath } from "../../config/paths.ts";
import { readIfThere } from "../files.ts";
import { done, failed, type Outcome } from "../outcome.ts";
import type { Places } from "../places.ts";
import { readReport } from "../report.ts";
import { firstHealth, healthOf, lossesSince, lostApps, type PairHealth, undecidedApps } from "./pair-health.ts";
import { askSite } from "./site-probe.ts";

/** What is lost for a moment only, as an address that moves, is not lost. */
const GRACE_MS = 5_000;
/** A host that takes part for the first time may have to wait until the other one is heard or is not. */
const FIRST_MS = 15_000;
/** Longest that a first check is waited for, whatever the app's intervals. */
const CHECK_WAIT_MS_MAX = 30_000;
const POLL_MS = 100;

/** What may not be lost by a change. */
export type Gate = {
  /** Waits until it is clear how the change turned out. */
  readonly judge: () => Promise<Outcome>;
};

/** Where the site is asked. */
export type GateOptions = {
  /** The app that is changed: it alone is judged, and its path is asked for. Default: all, and the root. */
  readonly app?: string;
  /** The host is about to take part in the pair for the first time: it must, and the site must answer. */
  readonly isFirst?: boolean;
};

/** Looks at the pair before a change. */
export async function openGate(places: Places, options: GateOptions): Promise<Gate> {
  const before = await observe(places, options);
  return { judge: () => judge(places, options, before) };
}

async function judge(places: Places, options: GateOptions, before: PairHealth): Promise<Outcome> {
  const isFirst = options.isFirst === true;
  const startMs = performance.now();
  for (;;) {
    const now = await observe(places, options);
    const wanted = isFirst ? firstHealth(now) : before;
    const lost = lostApps(wanted, now);
    if (lost.length > 0) return failed(...lost);
    const losses = lossesSince(wanted, now);
    const undecided = undecidedApps(wanted, now);
    if (losses.length === 0 && undecided.length === 0) return done;
    const waitedMs = performance.now() - startMs;
    const graceMs = isFirst ? FIRST_MS : GRACE_MS;
    if (losses.length > 0 && waitedMs > graceMs) return failed(...losses);
    if (losses.length === 0 && waitedMs > graceMs + firstCheckMs(places, undecided)) return done;
    await delay(POLL_MS);
  }
}

async function observe(places: Places, { app }: GateOptions): Promise<PairHealth> {
  const report = await readReport(places, app === undefined ? undefined : [app]);
  if (typeof report.proxy === "string") return healthOf(report, {});
  const { path, hostname } = entranceOf(places, app);
  return healthOf(report, await askSite(places, path, hostname));
}

/** Where an app is asked for. */
function entranceOf(places: Places, app: string | undefined): { path: string; hostname: string | undefined } {
  const config = app === undefined ? undefined : readApp(places, app);
  // Its backends' own site is not ours to ask.
  if (config?.passthrough !== undefined) return { path: "/", hostname: undefined };
  return { path: config?.path ?? "/", hostname: config?.hostnames?.[0]?.replace(/^\*\./, "www.") };
}

/** How long it may take until backends have been checked once. */
function firstCheckMs(places: Places, apps: readonly string[]): number {
  const waits = apps.map((app) => {
    const { intervalMs = 0, fastIntervalMs = 0, timeoutMs = 0 } = readApp(places, app)?.check ?? {};
    return Math.max(intervalMs, fastIntervalMs) + timeoutMs;
  });
  return Math.min(CHECK_WAIT_MS_MAX, Math.max(0, ...waits));
}

function readApp(places: Places, name: string) {
  const text = readIfThere(join(places.configDir, documentPath({ kind: "app", name })))?.toString();
  if (text === undefined) return undefined;
  const parsed = parseApp(text);
  return parsed.ok ? parsed.value : undefined;
}
