import type { Command } from "commander";
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
}
