import type { Lab } from "../../lab/lab.ts";
import { openAddressMonitor } from "./address-monitor.ts";
import { type Contender, holders } from "./contenders.ts";
import { allPids, mainPid } from "./outer-pid.ts";
import { type Wire, wallMs } from "./wire.ts";

/** What one trial gave. Times in ms. */
export type Trial = {
  /** Until the successor's first advertisement: since the event, or where the event is silence, since the last advertisement. */
  readonly takeoverMs: number;
  /** From when to when a client could have noticed, wall clock. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Until the dead daemon's host had the address no more; only where that is not the daemon's own doing. */
  readonly goneMs?: number | undefined;
};

export type FailoverEvent = {
  readonly name: string;
  readonly title: string;
  readonly run: (trial: TrialContext) => Promise<Trial>;
};

export type TrialContext = {
  readonly lab: Lab;
  readonly wire: Wire;
  readonly contender: Contender;
  readonly intervalMs: number;
};

const TAKEOVER_MS_MAX = 15_000;
/** keepalived's stays for ever. */
const GONE_MS_MAX = 3_000;

/** Daemons are killed at the moment at which this program says so, not when a shell has been started on the host. */
function killed(unit: "daemon" | "service", signal: NodeJS.Signals): FailoverEvent["run"] {
  return async (context) => {
    const { lab, contender, intervalMs } = context;
    const active = await activeHost(lab);
    const isWhole = signal === "SIGKILL";
    const pids = isWhole ? await allPids(lab, active, contender[unit]) : [await mainPid(lab, active, contender[unit])];
    const monitor = signal === "SIGKILL" && unit === "daemon" ? await openAddressMonitor(lab, active) : undefined;
    const atMs = wallMs();
    for (const pid of pids) process.kill(pid, signal);
    const trial = await takeover(context, active, atMs, atMs);
    const goneAtMs = await monitor?.gone(GONE_MS_MAX);
    await contender.restore(lab, active, intervalMs);
    return { ...trial, goneMs: goneAtMs === undefined ? undefined : goneAtMs - atMs };
  };
}

export const EVENTS: readonly FailoverEvent[] = [
  {
    name: "cut",
    title: "cable cut, since the last advertisement",
    run: async (context) => {
      const { lab, wire, contender, intervalMs } = context;
      const active = await activeHost(lab);
      const source = lab.host(active).address;
      const atMs = wallMs();
      await lab.cut(active, "front");
      const next = await successor(context, active, atMs);
      const last = wire.adverts.findLast((advert) => advert.source === source && advert.atMs < next);
      const trial = { takeoverMs: next - (last?.atMs ?? Number.NaN), fromMs: atMs, toMs: next };
      await lab.heal(active, "front");
      await contender.restore(lab, active, intervalMs);
      return trial;
    },
  },
  { name: "sigkill", title: "daemon killed (SIGKILL), since the kill", run: killed("daemon", "SIGKILL") },
  { name: "proxy", title: "service killed (SIGKILL), since the kill", run: killed("service", "SIGKILL") },
  { name: "stop", title: "daemon stopped (SIGTERM), since the signal", run: killed("daemon", "SIGTERM") },
  {
    name: "switchover",
    title: "planned switchover, as it reports itself",
    run: async (context) => {
      const { lab, contender, intervalMs } = context;
      const active = await activeHost(lab);
      const atMs = wallMs();
      const report = await lab.sh(active, "lbctl switchover");
      const tookMs = Number(/ in (\d+) ms/.exec(report)?.[1]);
      const trial = { takeoverMs: tookMs, fromMs: atMs, toMs: wallMs() };
      await contender.restore(lab, active, intervalMs);
      return trial;
    },
  },
];

async function activeHost(lab: Lab): Promise<string> {
  const [holder, ...others] = await holders(lab);
  if (holder === undefined || others.length > 0) throw new Error(`got ${others.length + 1} holders, want 1`);
  return holder;
}

async function takeover(context: TrialContext, active: string, sinceMs: number, atMs: number): Promise<Trial> {
  const next = await successor(context, active, atMs);
  return { takeoverMs: next - sinceMs, fromMs: atMs, toMs: next };
}

/** When the other host first says that it is Active. */
async function successor({ lab, wire }: TrialContext, active: string, fromMs: number): Promise<number> {
  const source = lab.host(active).address;
  const isNext = (advert: { source: string; priority: number }) => advert.source !== source && advert.priority > 0;
  const found = await wire.find(isNext, fromMs, TAKEOVER_MS_MAX);
  if (found === undefined) throw new Error(`nobody took over from ${active} within ${TAKEOVER_MS_MAX} ms`);
  return found.atMs;
}
