import type { Client, ClientView } from "./client.ts";
import { EVENTS, type Trial, type TrialContext } from "./events.ts";
import type { Series } from "./report.ts";

/** So long after a takeover a client's answers still belong to it. */
const AFTERMATH_MS = 300;

/** One event, again and again. A trial that fails ends the series and is told in it. */
export async function runEvent(context: TrialContext, client: Client, name: string, trials: number): Promise<Series> {
  const event = EVENTS.find((candidate) => candidate.name === name);
  if (event === undefined)
    throw new Error(`event: got ${name}, want one of ${EVENTS.map((each) => each.name).join(" ")}`);
  const done: (Trial & ClientView)[] = [];
  let trouble: string | undefined;
  try {
    for (let number = 0; number < trials; number++) {
      const trial = await event.run(context);
      await new Promise((resolve) => setTimeout(resolve, AFTERMATH_MS));
      done.push({ ...trial, ...client.viewSince(trial.fromMs) });
    }
  } catch (error) {
    trouble = (error as Error).message;
  }
  const { contender, intervalMs } = context;
  return { contender: contender.name, intervalMs, event: name, title: event.title, trials: done, trouble };
}
