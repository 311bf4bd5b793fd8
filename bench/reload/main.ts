import { parseArgs } from "node:util";
import { runtimes } from "../../test/proxy/lib/daemon-process.ts";
import { Storm } from "../../test/proxy/storm/storm.ts";
import { familyOf, memoryBytes } from "../process-cost.ts";
import { renderTable } from "../table.ts";

const USAGE = "usage: bench reload [--changes 2000] [--seed 1] [--runtime bun|node]";
const WRONG_USE = 2;
const CROWD = { lasting: 4, fleeting: 2, tls: 1, tunnels: 50 };
/** Parts of the run behind each of which memory is looked at. */
const ROUNDS = 8;
const MEBIBYTE = 1_048_576;
/** The heap finds its size in the first rounds; after them it must not grow by more. */
const GROWTH_MAX = 0.25;
const SETTLED_ROUND = 2;

/** `bench reload`: thousands of changes under load; no request and no tunnel may be lost, and memory must stay flat. */
export async function benchReload(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  const runtime = runtimes().found.find(({ name }) => name === options?.runtime);
  if (options === undefined || runtime === undefined) {
    console.error(USAGE);
    return WRONG_USE;
  }
  const storm = await Storm.start(runtime, CROWD);
  const { traffic, daemon } = storm;
  const rows: string[][] = [];
  const mebibytes: number[] = [];
  try {
    for (let turn = 0; turn < options.changes; turn++) {
      await storm.change(options.seed, turn);
      if (turn % 10 === 0) await traffic.useTunnels();
      if ((turn + 1) % Math.ceil(options.changes / ROUNDS) !== 0 && turn + 1 < options.changes) continue;
      mebibytes.push(memoryBytes(familyOf(daemon.pid)) / MEBIBYTE);
      rows.push([
        String(turn + 1),
        String(traffic.answered),
        String(traffic.wrongCount),
        (mebibytes.at(-1) ?? 0).toFixed(1),
      ]);
      console.error(`${turn + 1} changes: ${rows.at(-1)?.slice(1).join(" ")}`);
    }
  } finally {
    await storm.stop();
  }
  console.log(renderTable(["changes", "answered", "wrong", "MiB"], rows));
  for (const what of traffic.wrong) console.error(`reload: ${what}`);
  const [settled = 0, last = 0] = [mebibytes[SETTLED_ROUND], mebibytes.at(-1)];
  const hasGrown = last > settled * (1 + GROWTH_MAX);
  if (hasGrown) console.error(`reload: memory: ${settled.toFixed(1)} to ${last.toFixed(1)} MiB`);
  return traffic.wrongCount === 0 && !hasGrown ? 0 : 1;
}

function readOptions(words: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        changes: { type: "string", default: "2000" },
        seed: { type: "string", default: "1" },
        runtime: { type: "string", default: "bun" },
      },
    });
    return { changes: Number(values.changes), seed: Number(values.seed), runtime: values.runtime };
  } catch (error) {
    console.error((error as Error).message);
    return undefined;
  }
}
