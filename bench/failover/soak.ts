import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import type { Lab } from "../../lab/lab.ts";
import { percentile } from "../statistics.ts";
import type { Contender } from "./contenders.ts";
import { holders } from "./hosts.ts";
import { type Wire, wallMs } from "./wire.ts";

/** What happened while every processor of the machine had more to do than it could. */
export type Soak = {
  readonly contender: string;
  readonly seconds: number;
  readonly falseTakeovers: number;
  /** Time between two adverts beyond the interval, ms. */
  readonly latenessP99Ms: number;
  readonly latenessMaxMs: number;
};

/** Twice as many as there are processors, so that each is fought for. */
const BURNERS_PER_PROCESSOR = 2;

export async function soak(
  lab: Lab,
  wire: Wire,
  contender: Contender,
  intervalMs: number,
  seconds: number,
): Promise<Soak> {
  const [active = ""] = await holders(lab);
  const source = lab.host(active).address;
  const burners = Array.from({ length: BURNERS_PER_PROCESSOR * availableParallelism() }, () =>
    spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" }),
  );
  const fromMs = wallMs();
  try {
    await new Promise((resolve) => setTimeout(resolve, 1_000 * seconds));
  } finally {
    for (const burner of burners) burner.kill("SIGKILL");
    await Promise.all(burners.map((burner) => once(burner, "close")));
  }
  const seen = wire.adverts.filter(({ atMs }) => atMs >= fromMs);
  const own = seen.filter((advert) => advert.source === source).map(({ atMs }) => atMs);
  const lateness = own.slice(1).map((atMs, index) => atMs - (own[index] ?? atMs) - intervalMs);
  return {
    contender: contender.name,
    seconds,
    falseTakeovers: seen.filter((advert, index) => advert.source !== (seen[index - 1]?.source ?? source)).length,
    latenessP99Ms: percentile(lateness, 0.99),
    latenessMaxMs: Math.max(...lateness),
  };
}
