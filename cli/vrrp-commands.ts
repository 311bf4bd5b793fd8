import type { Command } from "commander";
import { explain, formatEvent, readEvents, readMetrics } from "./events.ts";
import type { Places } from "./places.ts";
import { formatSimulation, simulate } from "./simulate.ts";

/** Adds the questions about failover that the VRRP daemon and its document answer. */
export function addVrrpCommands(lbctl: Command, places: Places): void {
  lbctl
    .command("simulate")
    .description(
      "play every single failure through, and say which would lead to no failover; exit status 1 if one does",
    )
    .option("--peer <file>", "the other host's vrrp.jsonl")
    .option("--json", "for programs")
    .action((options: { peer?: string; json?: true }) => {
      const simulation = simulate(places, options.peer);
      if (!simulation.ok) {
        for (const reason of simulation.reasons) process.stderr.write(`lbctl: ${reason}\n`);
        process.exitCode = 1;
        return;
      }
      const { predictions } = simulation;
      process.stdout.write(options.json === true ? `${JSON.stringify(predictions)}\n` : formatSimulation(simulation));
      if (predictions.some(({ takeoverMs }) => takeoverMs === null)) process.exitCode = 1;
    });

  lbctl
    .command("why")
    .description("which state each virtual router is in, and the decision that led to it with its evidence")
    .action(() => print(explain(places)));

  lbctl
    .command("events")
    .description("the journal of the VRRP daemon, the newest events last")
    .option("--max <number>", "how many", "50")
    .option("--json", "one JSON value a line")
    .action((options: { max: string; json?: true }) => {
      const show = options.json === true ? (event: object) => `${JSON.stringify(event)}\n` : formatEvent;
      return print(readEvents(places, Number(options.max)).then((events) => events.map(show).join("")));
    });

  lbctl
    .command("metrics")
    .description("the metrics of the VRRP daemon, as Prometheus reads them")
    .action(() => print(readMetrics(places)));
}

async function print(answer: Promise<string>): Promise<void> {
  try {
    process.stdout.write(await answer);
  } catch (error) {
    process.stderr.write(`lbctl: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
