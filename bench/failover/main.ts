import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cacheDir } from "../../bootstrap/places.mjs";
import { browserOptions, openArticle } from "../../lab/demo/article.ts";
import { downLab, type Lab, openReport, upLab } from "../../lab/lab.ts";
import { expectSuccess } from "../../lab/pulumi-stack.ts";
import { RESULTS } from "../results.ts";
import { openClient } from "./client.ts";
import { SETUPS, type Setup } from "./plan.ts";
import { renderSeries, renderSoaks, type Series } from "./report.ts";
import { addResults, readResults, writeResults } from "./results-file.ts";
import { runEvent } from "./run-event.ts";
import { type Soak, soak } from "./soak.ts";
import { openWire, type Wire } from "./wire.ts";

const USAGE = `usage: bench failover [--trials 6] [--events calm,cut,sigkill,proxy,stop,switchover] [--peers lbpair,keepalived]
                      [--intervals 10,20,100,1000] [--soak-seconds 30] [--json FILE] [--add] [--lab NAME] [--keep]
       --add   to what the file has: many short runs make one long one`;
const WRONG_USE = 2;
const SOAK_INTERVAL_MS = 100;
const PATH = "/app3/";

/** `bench failover`: every way in which a balancer can go, beside keepalived on the same hosts. */
export async function benchFailover(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  if (options === undefined) return WRONG_USE;
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"])
    process.once(signal, () => interrupt.abort(new Error(`ended by ${signal}`)));
  const stateDir = mkdtempSync(join(tmpdir(), "lbpair-failover-"));
  try {
    if (!options.isKept) await downLab(options.lab);
    const lab = await upLab({
      name: options.lab,
      cacheDir,
      report: openReport(process.stderr),
      signal: interrupt.signal,
    });
    const stack = await openArticle(lab, stateDir);
    console.error("pulumi up");
    await expectSuccess(stack.pulumi(["up", "--yes", "--skip-preview"], "kept"), "pulumi up");
    const client = await openClient(lab, await browserOptions(lab, stack, stateDir), PATH);
    const wire = await openWire(lab);
    try {
      await measure(lab, wire, client, options, interrupt.signal);
    } finally {
      await Promise.all([client.close(), wire.close()]);
    }
    return 0;
  } finally {
    if (!options.isKept) await downLab(options.lab);
    rmSync(stateDir, { recursive: true, force: true });
  }
}

async function measure(
  lab: Lab,
  wire: Wire,
  client: Awaited<ReturnType<typeof openClient>>,
  options: Options,
  signal: AbortSignal,
): Promise<void> {
  const series: Series[] = [];
  const soaks: Soak[] = [];
  // The pair's own daemon runs since `pulumi up`; each program has the hosts for itself.
  for (const { contender } of SETUPS) await contender.stop(lab);
  for (const setup of SETUPS.filter((each) => isWanted(each, options))) {
    const { contender, intervalMs } = setup;
    await contender.start(lab, intervalMs);
    for (const event of setup.events.filter((name) => options.events.includes(name))) {
      signal.throwIfAborted();
      const done = await runEvent({ lab, wire, contender, intervalMs }, client, event, options.trials);
      series.push(done);
      console.error(renderSeries([done]));
    }
    if (intervalMs === SOAK_INTERVAL_MS && options.soakSeconds > 0)
      soaks.push(await soak(lab, wire, contender, intervalMs, options.soakSeconds));
    await contender.stop(lab);
  }
  const results = addResults(options.isAdded ? readResults(options.json) : { series: [], soaks: [] }, {
    series,
    soaks,
  });
  console.log(renderSeries(results.series));
  if (results.soaks.length > 0) console.log(renderSoaks(results.soaks));
  writeResults(options.json, results);
  console.error(`saved: ${options.json}`);
}

function isWanted({ contender, intervalMs, events }: Setup, options: Options): boolean {
  const isAny = events.some((event) => options.events.includes(event));
  return isAny && options.peers.includes(contender.name) && options.intervals.includes(intervalMs);
}

type Options = NonNullable<ReturnType<typeof readOptions>>;

function readOptions(words: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        trials: { type: "string", default: "6" },
        events: { type: "string", default: "calm,cut,sigkill,proxy,stop,switchover" },
        peers: { type: "string", default: "lbpair,keepalived" },
        intervals: { type: "string", default: "10,20,100,1000" },
        "soak-seconds": { type: "string", default: "30" },
        json: { type: "string", default: join(RESULTS, "failover.json") },
        lab: { type: "string", default: "lbbench" },
        add: { type: "boolean", default: false },
        keep: { type: "boolean", default: false },
      },
    });
    return {
      trials: Number(values.trials),
      events: values.events.split(","),
      peers: values.peers.split(","),
      intervals: values.intervals.split(",").map(Number),
      soakSeconds: Number(values["soak-seconds"]),
      json: values.json,
      lab: values.lab,
      isAdded: values.add,
      isKept: values.keep,
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return undefined;
  }
}
