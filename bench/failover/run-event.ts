import type { Client, ClientView } from "./client.ts";
import { EVENTS, type Trial, type TrialContext } from "./events.ts";
import { BALANCERS } from "./hosts.ts";
import type { Series } from "./report.ts";

/** So long after a takeover a client's answers still belong to it: a request into the void takes 400. */
const AFTERMATH_MS = 500;
/** In a row: then it is not the trial that fails. */
const MISSES_MAX = 3;

/** One event, again and again. A trial that fails counts as a miss, and what it came to is told. */
export async function runEvent(context: TrialContext, client: Client, name: string, trials: number): Promise<Series> {
  const event = EVENTS.find((candidate) => candidate.name === name);
  if (event === undefined)
    throw new Error(`event: got ${name}, want one of ${EVENTS.map((each) => each.name).join(" ")}`);
  const done: (Trial & ClientView)[] = [];
  const misses: string[] = [];
  const { lab, contender, intervalMs } = context;
  for (let number = 0, missesInRow = 0; number < trials && missesInRow < MISSES_MAX; number++) {
    try {
      const { trial, settle } = await event.run(context);
      await new Promise((resolve) => setTimeout(resolve, AFTERMATH_MS));
      const seen = client.view(trial.fromMs, trial.toMs + AFTERMATH_MS / 2);
      done.push({ ...trial, ...seen, ...(await settle()) });
      missesInRow = 0;
    } catch (error) {
      misses.push(`${(error as Error).message}; ${await contender.explain(lab)}`);
      missesInRow += 1;
      for (const host of BALANCERS) await lab.heal(host, "front");
      await contender.stop(lab);
      await contender.start(lab, intervalMs);
    }
  }
  return { contender: contender.name, intervalMs, event: name, title: event.title, trials: done, misses };
}
