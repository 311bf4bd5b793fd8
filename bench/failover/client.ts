import type { BrowserOptions } from "../../lab/client/browser.ts";
import { startWatch } from "../../lab/client/watch.ts";
import type { Lab } from "../../lab/lab.ts";
import { openEchoes } from "./echoes.ts";
import { openNeighbourMonitor } from "./neighbour-monitor.ts";
import { windowOf } from "./window.ts";

/** What a client noticed of one trial. */
export type ClientView = {
  readonly failed: number;
  /** What the failed requests came to. */
  readonly failures: readonly string[];
  /** Longest time without a good answer, ms. */
  readonly httpGapMs: number;
  /** Longest time that the virtual address did not answer a ping, ms. */
  readonly silenceMs: number;
  /** Until the client's table had the other host's MAC for it; absent: it did not change. */
  readonly flipMs: number | undefined;
};

export type Client = {
  /** @param sinceMs  wall clock, as `untilMs` */
  readonly view: (sinceMs: number, untilMs: number) => ClientView;
  readonly close: () => Promise<void>;
};

const REQUEST_INTERVAL_MS = 10;
const FIRST_ANSWER_MS_MAX = 20_000;

/** A client beyond the switch that opens a connection for each request, every 10 ms, and pings every 2 ms. */
export async function openClient(lab: Lab, browser: BrowserOptions, path: string): Promise<Client> {
  const watch = startWatch(lab, browser, path, REQUEST_INTERVAL_MS);
  await watch.until("a first answer", ({ result }) => result === "200", FIRST_ANSWER_MS_MAX);
  const neighbours = openNeighbourMonitor(lab);
  const echoes = await openEchoes(lab);
  return {
    view: (sinceMs, untilMs) => {
      const recent = watch.samples.slice(-SAMPLES_KEPT);
      const requests = recent.map(({ endWallMs, result }) => ({ endMs: endWallMs, isGood: result === "200" }));
      const http = windowOf(requests, sinceMs);
      const failures = recent.filter(({ endWallMs, result }) => endWallMs >= sinceMs && result !== "200");
      return {
        failures: failures.map(({ result }) => result),
        failed: http.failed,
        httpGapMs: http.gapMs,
        silenceMs: echoes.longestWaitMs(sinceMs, untilMs),
        flipMs: neighbours.flipMs(sinceMs),
      };
    },
    close: async () => void (await Promise.all([watch.stop(), echoes.close(), neighbours.close()])),
  };
}

/** A minute of requests: more than a trial takes. */
const SAMPLES_KEPT = 6_000;
