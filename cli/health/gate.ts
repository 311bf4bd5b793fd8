import { setTimeout as delay } from "node:timers/promises";
import type { ServedApp } from "../../config/passthrough.ts";
import { readApps } from "../app-files.ts";
import type { Outcome } from "../outcome.ts";
import type { Places } from "../places.ts";
import { readReport } from "../report.ts";
import { firstHealth, healthOf, type PairHealth } from "./pair-health.ts";
import { askSite } from "./site-probe.ts";
import { verdictOf } from "./verdict.ts";

/** What is lost for a moment only, as an address that moves, is not lost. */
const GRACE_MS = 5_000;
/** A host that takes part for the first time may have to wait until the other one is heard or is not. */
const FIRST_MS = 15_000;
/** Longest that a first check is waited for, whatever the app's intervals. */
const CHECK_WAIT_MS_MAX = 30_000;
const POLL_MS = 100;
/** Of many apps that change at once so many are asked for: each is a handshake or more at every door, every time. */
const ASKED_MAX = 10;

/** What may not be lost by a change. */
export type Gate = {
  /** Waits until it is clear how the change turned out. */
  readonly judge: () => Promise<Outcome>;
};

/** Where the site is asked. */
export type GateOptions = {
  /** The apps that are changed: they alone are judged, and their paths are asked for. Default: all, and the root. */
  readonly apps?: readonly string[];
  /** The host is about to take part in the pair for the first time: it must, and the site must answer. */
  readonly isFirst?: boolean;
};

/** Looks at the pair before a change. */
export async function openGate(places: Places, options: GateOptions): Promise<Gate> {
  const before = await observe(places, viewOf(places, options));
  return { judge: () => judge(places, options, before) };
}

function judge(places: Places, options: GateOptions, before: PairHealth): Promise<Outcome> {
  const isFirst = options.isFirst === true;
  const view = viewOf(places, options);
  return verdictOf({
    look: () => observe(places, view),
    wanted: isFirst ? firstHealth : () => before,
    graceMs: isFirst ? FIRST_MS : GRACE_MS,
    firstCheckMs: (apps) => firstCheckMs(view, apps),
    nowMs: () => performance.now(),
    pause: () => delay(POLL_MS),
  });
}

/** What is looked at, as long as the files are as they are. */
type View = {
  readonly apps: readonly string[] | undefined;
  readonly configs: ReadonlyMap<string, ServedApp>;
  readonly entrances: readonly Entrance[];
};
type Entrance = { readonly path: string; readonly hostname: string | undefined };

function viewOf(places: Places, { apps }: GateOptions): View {
  const configs = readApps(places, apps ?? []);
  const entrances = [...configs.values()].slice(0, ASKED_MAX).map(entranceOf);
  return { apps, configs, entrances: entrances.length > 0 ? entrances : [ROOT] };
}

async function observe(places: Places, { apps, entrances }: View): Promise<PairHealth> {
  const report = await readReport(places, apps);
  if (typeof report.proxy === "string") return healthOf(report, {});
  const answers = await Promise.all(entrances.map(({ path, hostname }) => askSite(places, path, hostname)));
  return healthOf(report, Object.assign({}, ...answers));
}

const ROOT: Entrance = { path: "/", hostname: undefined };

/** Where an app is asked for. */
function entranceOf({ passthrough, path, hostnames }: ServedApp): Entrance {
  // Its backends' own site is not ours to ask.
  if (passthrough !== undefined) return ROOT;
  return { path, hostname: hostnames?.[0]?.replace(/^\*\./, "www.") };
}

/** How long it may take until backends have been checked once. */
function firstCheckMs({ configs }: View, apps: readonly string[]): number {
  const waits = apps.map((app) => {
    const { intervalMs = 0, fastIntervalMs = 0, timeoutMs = 0 } = configs.get(app)?.check ?? {};
    return Math.max(intervalMs, fastIntervalMs) + timeoutMs;
  });
  return Math.min(CHECK_WAIT_MS_MAX, Math.max(0, ...waits));
}
