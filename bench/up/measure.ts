import type { Lab } from "../../lab/lab.ts";
import { BALANCERS, type Cost, openSite, type ResourceCounts, type Site } from "./site.ts";

/** How a program declares its apps: each by itself, or all of them as one group. */
export const FORMS = ["alone", "group"] as const;
export type Form = (typeof FORMS)[number];

/** Everything that was measured with one number of apps. */
export type SizeResult = {
  readonly form: Form;
  readonly apps: number;
  readonly firstUp: Cost;
  readonly unchangedPreview: Cost;
  readonly changePreview: Cost;
  /** Taken in turns with `changeUp`, pair by pair. */
  readonly unchangedUp: readonly Cost[];
  readonly changeUp: readonly Cost[];
  /** The same of an app in a stack of its own, whole; empty where apps are a group. */
  readonly ownChangeUp: readonly Cost[];
  readonly resources: ResourceCounts;
  /** Logins of the busier host, by operation. */
  readonly logins: { readonly firstUp: number; readonly unchangedUp: number; readonly changeUp: number };
  readonly requests: { readonly sent: number; readonly failed: number };
};

export type MeasureOptions = {
  readonly form: Form;
  readonly lab: Lab;
  readonly directory: string;
  readonly rounds: number;
  /** `performance.now()` after which a further round is not begun. */
  readonly deadlineMs: number;
  /** Whether the hosts are taken back to what they were. The last one leaves that to the lab's end. */
  readonly isLast: boolean;
  readonly tell: (text: string) => void;
};

const UP = ["up", "--yes", "--skip-preview"];
/** Each takes some seconds, whatever the number of apps. */
const OWN_ROUNDS = 3;

export async function measureSize(apps: number, options: MeasureOptions): Promise<SizeResult> {
  const { form, lab, directory, isLast } = options;
  const site = await openSite(lab, directory, `${form}${apps}`);
  const tell = (text: string) => options.tell(`${apps} apps, ${form}: ${text}`);
  await site.set({ form, apps: String(apps), hasMore: "false" });
  const first = await counted(site, "first up", tell);
  const requests = await site.startRequests();
  const unchangedPreview = await site.cost("preview");
  const rounds = await takeRounds(site, options, tell);
  // The last round left it as the next one would begin.
  await site.set({ hasMore: String(rounds.length % 2 === 0) });
  const changePreview = await site.cost("preview", "--diff");
  tell(`preview: ${shown(unchangedPreview)}, of one backend: ${shown(changePreview)}`);
  const ownChangeUp = form === "group" ? [] : await measureOwnApp(site, tell, isLast);
  const samples = await requests.stop();
  const failures = samples.filter(({ result }) => result !== "200");
  for (const { result } of failures.slice(0, 3)) tell(`a request failed: ${result}`);
  const resources = await site.resources();
  if (!isLast) await site.cost("destroy", "--yes", "--skip-preview");
  const logins = (each: "unchanged" | "change") => rounds.at(-1)?.[each].logins ?? Number.NaN;
  return {
    form,
    apps,
    firstUp: first.cost,
    unchangedPreview,
    changePreview,
    unchangedUp: rounds.map(({ unchanged }) => unchanged.cost),
    changeUp: rounds.map(({ change }) => change.cost),
    ownChangeUp,
    resources,
    logins: { firstUp: first.logins, unchangedUp: logins("unchanged"), changeUp: logins("change") },
    requests: { sent: samples.length, failed: failures.length },
  };
}

type Counted = { readonly cost: Cost; readonly logins: number };
type Round = { readonly unchanged: Counted; readonly change: Counted };

/** An `up` without a change and one with, in turns: what slows the machine for a while slows both. */
async function takeRounds(site: Site, options: MeasureOptions, tell: (text: string) => void): Promise<Round[]> {
  const rounds: Round[] = [];
  while (rounds.length < options.rounds && (rounds.length === 0 || performance.now() < options.deadlineMs)) {
    const unchanged = await counted(site, "up without a change", tell);
    await site.set({ hasMore: String(rounds.length % 2 === 0) });
    rounds.push({ unchanged, change: await counted(site, "up of one backend", tell) });
  }
  return rounds;
}

async function counted(site: Site, what: string, tell: (text: string) => void): Promise<Counted> {
  const before = await site.logins();
  const cost = await site.cost(...UP);
  const after = await site.logins();
  tell(`${what}: ${shown(cost)}`);
  return { cost, logins: Math.max(...BALANCERS.map((host) => (after[host] ?? 0) - (before[host] ?? 0))) };
}

/** An app in a stack of its own: nothing in it grows with the number of the pair's apps, so all of an `up` counts. */
async function measureOwnApp(site: Site, tell: (text: string) => void, isLast: boolean): Promise<Cost[]> {
  const own = await site.openOwnApp();
  await own.set({ hasMore: "false" });
  await own.cost(...UP);
  const costs: Cost[] = [];
  for (let round = 0; round < OWN_ROUNDS; round += 1) {
    await own.set({ hasMore: String(round % 2 === 0) });
    costs.push(await own.cost(...UP));
  }
  if (!isLast) await own.cost("destroy", "--yes", "--skip-preview");
  tell(`app in a stack of its own: up of one backend: ${costs.map(shown).join(", ")}`);
  return costs;
}

function shown({ seconds, cpuSeconds }: Cost): string {
  return `${seconds.toFixed(1)} s (CPU ${cpuSeconds.toFixed(1)} s)`;
}
