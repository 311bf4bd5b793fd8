import type { Lab } from "../../lab/lab.ts";
import { BALANCERS, openSite, type ResourceCounts, type Site } from "./site.ts";

/** Everything that was measured with one number of apps. Seconds. */
export type SizeResult = {
  readonly apps: number;
  readonly firstUp: number;
  readonly unchangedUp: readonly number[];
  readonly unchangedPreview: readonly number[];
  readonly changePreview: readonly number[];
  readonly changeUp: readonly number[];
  /** The same of an app in a stack of its own, whole. */
  readonly ownChangeUp: readonly number[];
  readonly resources: ResourceCounts;
  /** Logins of the busier host, by operation. */
  readonly logins: { readonly firstUp: number; readonly unchangedUp: number; readonly changeUp: number };
  readonly requests: { readonly sent: number; readonly failed: number };
};

export type MeasureOptions = {
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
const OWN_ROUNDS = 5;

export async function measureSize(apps: number, options: MeasureOptions): Promise<SizeResult> {
  const { lab, directory, tell } = options;
  const site = await openSite(lab, directory, `apps${apps}`);
  await site.set({ apps: String(apps), hasMore: "false" });
  const counted = async (what: string, words: readonly string[]) => {
    const before = await site.logins();
    const seconds = await site.time(...words);
    const after = await site.logins();
    tell(`${apps} apps: ${what}: ${seconds.toFixed(1)} s`);
    return { seconds, logins: Math.max(...BALANCERS.map((host) => (after[host] ?? 0) - (before[host] ?? 0))) };
  };
  const firstUp = await counted("first up", UP);
  const requests = await site.startRequests();
  const taken = {
    unchangedUp: [] as number[],
    unchangedPreview: [] as number[],
    changePreview: [] as number[],
    changeUp: [] as number[],
  };
  const logins = { firstUp: firstUp.logins, unchangedUp: 0, changeUp: 0 };
  for (let round = 0; round < options.rounds && (round === 0 || performance.now() < options.deadlineMs); round += 1) {
    taken.unchangedPreview.push((await counted("preview without a change", ["preview"])).seconds);
    const unchanged = await counted("up without a change", UP);
    await site.set({ hasMore: String(round % 2 === 0) });
    taken.changePreview.push((await counted("preview of one backend", ["preview", "--diff"])).seconds);
    const change = await counted("up of one backend", UP);
    taken.unchangedUp.push(unchanged.seconds);
    taken.changeUp.push(change.seconds);
    Object.assign(logins, { unchangedUp: unchanged.logins, changeUp: change.logins });
  }
  const ownChangeUp = await measureOwnApp(site, tell);
  const samples = await requests.stop();
  const failures = samples.filter(({ result }) => result !== "200");
  for (const { result } of failures.slice(0, 3)) tell(`${apps} apps: a request failed: ${result}`);
  const resources = await site.resources();
  if (!options.isLast) await counted("destroy", ["destroy", "--yes", "--skip-preview"]);
  return {
    apps,
    firstUp: firstUp.seconds,
    ...taken,
    ownChangeUp,
    resources,
    logins,
    requests: { sent: samples.length, failed: failures.length },
  };
}

/** An app in a stack of its own: nothing in it grows with the number of the pair's apps, so all of an `up` counts. */
async function measureOwnApp(site: Site, tell: (text: string) => void): Promise<number[]> {
  const own = await site.openOwnApp();
  await own.set({ hasMore: "false" });
  await own.time(...UP);
  const seconds: number[] = [];
  for (let round = 0; round < OWN_ROUNDS; round += 1) {
    await own.set({ hasMore: String(round % 2 === 0) });
    seconds.push(await own.time(...UP));
  }
  await own.time("destroy", "--yes", "--skip-preview");
  tell(`app in a stack of its own: up of one backend: ${seconds.map((each) => each.toFixed(1)).join(", ")} s`);
  return seconds;
}
