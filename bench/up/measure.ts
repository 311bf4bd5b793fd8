import type { Lab } from "../../lab/lab.ts";
import { BALANCERS, openSite, type ResourceCounts } from "./site.ts";

/** Everything that was measured with one number of apps. Seconds. */
export type SizeResult = {
  readonly apps: number;
  readonly firstUp: number;
  readonly unchangedUp: readonly number[];
  readonly unchangedPreview: readonly number[];
  readonly changePreview: readonly number[];
  readonly changeUp: readonly number[];
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
  const samples = await requests.stop();
  const failures = samples.filter(({ result }) => result !== "200");
  for (const { result } of failures.slice(0, 3)) tell(`${apps} apps: a request failed: ${result}`);
  const resources = await site.resources();
  if (!options.isLast) await counted("destroy", ["destroy", "--yes", "--skip-preview"]);
  return {
    apps,
    firstUp: firstUp.seconds,
    ...taken,
    resources,
    logins,
    requests: { sent: samples.length, failed: failures.length },
  };
}
