import { switchoverResultSchema } from "../../config/status.ts";
import type { Lab } from "../../lab/lab.ts";
import { openAddressMonitor } from "./address-monitor.ts";
import type { Contender } from "./contenders.ts";
import { askVrrp, holders } from "./hosts.ts";
import { preparedEnd } from "./outer-unit.ts";
import { type Wire, wallMs } from "./wire.ts";

/** What one trial gave. Times in ms. */
export type Trial = {
  /** Until the successor's first advertisement: since the event, or where the event is silence, since the last advertisement. */
  readonly takeoverMs: number;
  /** From when to when a client could have noticed, wall clock. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Until the dead daemon's host had the address no more, `null` if it kept it; only where that is not the daemon's own doing. */
  readonly goneMs?: number | null;
};

/** A trial that is over for a client. */
export type Done = {
  readonly trial: Trial;
  /** Waits for what comes late and brings the hosts back to what they were. */
  readonly settle: () => Promise<Pick<Trial, "goneMs">>;
};

export type FailoverEvent = {
  readonly name: string;
  readonly title: string;
  readonly run: (trial: TrialContext) => Promise<Done>;
};

export type TrialContext = {
  readonly lab: Lab;
  readonly wire: Wire;
  readonly contender: Contender;
  readonly intervalMs: number;
};

const TAKEOVER_MS_MAX = 15_000;
/** Since the kill; keepalived's stays for ever. */
const GONE_MS_MAX = 1_500;
const SWITCHOVER_MS_MAX = 10_000;

/** Daemons are killed at the moment at which this program says so, not when a shell has been started on the host. */
function killed(unit: "daemon" | "service", signal: "SIGTERM" | "SIGKILL"): FailoverEvent["run"] {
  return async (context) => {
    const { lab, contender, intervalMs } = context;
    const active = await activeHost(lab);
    const end = await preparedEnd(lab, active, contender[unit], signal);
    const monitor = signal === "SIGKILL" && unit === "daemon" ? await openAddressMonitor(lab, active) : undefined;
    const atMs = wallMs();
    end();
    const next = await successor(context, active, atMs);
    return {
      trial: { takeoverMs: next - atMs, fromMs: atMs, toMs: next },
      settle: async () => {
        const goneAtMs = await monitor?.gone(atMs + GONE_MS_MAX - wallMs());
        await contender.restore(lab, active, intervalMs, unit);
        if (monitor === undefined) return {};
        return { goneMs: goneAtMs === undefined ? null : goneAtMs - atMs };
      },
    };
  };
}

export const EVENTS: readonly FailoverEvent[] = [
  {
    name: "calm",
    title: "nothing at all, for comparison",
    run: async () => {
      const atMs = wallMs();
      return { trial: { takeoverMs: 0, fromMs: atMs, toMs: atMs }, settle: async () => ({}) };
    },
  },
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
      return {
        trial: { takeoverMs: next - (last?.atMs ?? Number.NaN), fromMs: atMs, toMs: next },
        settle: async () => {
          await lab.heal(active, "front");
          await contender.restore(lab, active, intervalMs, "nothing");
          return {};
        },
      };
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
      const answer = await askVrrp(lab, active, { request: "switchover" }, SWITCHOVER_MS_MAX);
      const { isOk, problems, moved } = switchoverResultSchema.parse(answer);
      if (!isOk) throw new Error(problems.join("; "));
      return {
        trial: { takeoverMs: moved[0]?.tookMs ?? Number.NaN, fromMs: atMs, toMs: wallMs() },
        settle: async () => {
          await contender.restore(lab, active, intervalMs, "nothing");
          return {};
        },
      };
    },
  },
];

async function activeHost(lab: Lab): Promise<string> {
  const [holder, ...others] = await holders(lab);
  if (holder === undefined || others.length > 0) throw new Error(`got ${others.length + 1} holders, want 1`);
  return holder;
}

/** When the other host first says that it is Active. */
async function successor({ lab, wire }: TrialContext, active: string, fromMs: number): Promise<number> {
  const source = lab.host(active).address;
  const isNext = (advert: { source: string; priority: number }) => advert.source !== source && advert.priority > 0;
  const found = await wire.find(isNext, fromMs, TAKEOVER_MS_MAX);
  if (found === undefined) throw new Error(`nobody took over from ${active} within ${TAKEOVER_MS_MAX} ms`);
  return found.atMs;
}
