import { deepStrictEqual, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { commandScenarios } from "./command-scenarios.ts";
import { anonymize, type Stage } from "./scenario-stage.ts";

/** What the official `command` plugin 1.2.1 answered, by scenario. */
export const recorded: Readonly<Record<string, unknown>> = JSON.parse(
  readFileSync(new URL("data/command-1.2.1-recorded.json", import.meta.url), "utf8"),
);

/** Plays a scenario and holds the answer against the official plugin's. */
export async function playScenario(name: string, stage: Stage): Promise<void> {
  const play = commandScenarios[name];
  ok(play !== undefined, `nobody plays ${JSON.stringify(name)}`);
  const answer = anonymize(await play(stage), stage);
  deepStrictEqual(essence(name, answer), essence(name, recorded[name]));
}

type Answer = { error?: unknown; failures?: { property: string }[] };

/** Words are each implementation's own: of a refused input the property counts, of a failed connection that it failed. */
function essence(name: string, answer: unknown): unknown {
  const { error, failures } = answer as Answer;
  if (name.startsWith("connect:") || name === "copy: missing file") return { isRefused: error !== undefined };
  if (failures === undefined) return answer;
  return { ...(answer as object), failures: [...new Set(failures.map(({ property }) => property))].sort() };
}
