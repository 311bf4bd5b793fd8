import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { BrowserOptions } from "../../lab/client/browser.ts";
import { startWatch } from "../../lab/client/watch.ts";
import type { Lab } from "../../lab/lab.ts";
import { type Seen, windowOf } from "./window.ts";

/** What a client noticed of one trial. */
export type ClientView = {
  readonly failed: number;
  /** What the failed requests came to. */
  readonly failures: readonly string[];
  /** Longest time without a good answer, ms. */
  readonly httpGapMs: number;
  /** Longest time without an answer to a ping, ms. */
  readonly pingGapMs: number;
};

export type Client = {
  /** @param sinceMs  wall clock */
  readonly viewSince: (sinceMs: number) => ClientView;
  readonly close: () => Promise<void>;
};

const REQUEST_INTERVAL_MS = 10;
const PING_INTERVAL_SECONDS = "0.002";

/** A client beyond the switch that opens a connection for each request, every 10 ms, and pings every 2 ms. */
export async function openClient(lab: Lab, browser: BrowserOptions, path: string): Promise<Client> {
  const watch = startWatch(lab, browser, path, REQUEST_INTERVAL_MS);
  const [program = "", ...enter] = lab.enter("client");
  const words = ["ping", "-D", "-n", "-i", PING_INTERVAL_SECONDS, browser.address];
  const ping = spawn(program, [...enter, ...words], { stdio: ["ignore", "pipe", "ignore"] });
  const pongs: Seen[] = [];
  createInterface(ping.stdout).on("line", (line) => {
    const [, seconds] = /^\[(\d+\.\d+)\] .*bytes from/.exec(line) ?? [];
    if (seconds !== undefined) pongs.push({ endMs: Number(seconds) * 1_000, isGood: true });
  });
  await watch.until("a first answer", ({ result }) => result === "200", 20_000);
  return {
    viewSince: (sinceMs) => {
      const requests = watch.samples.map(({ endWallMs, result }) => ({ endMs: endWallMs, isGood: result === "200" }));
      const http = windowOf(requests, sinceMs);
      const failures = watch.samples.filter(({ endWallMs, result }) => endWallMs >= sinceMs && result !== "200");
      return {
        failures: failures.map(({ result }) => result),
        failed: http.failed,
        httpGapMs: http.gapMs,
        pingGapMs: windowOf(pongs, sinceMs).gapMs,
      };
    },
    close: async () => {
      ping.kill("SIGTERM");
      await Promise.all([watch.stop(), once(ping, "close")]);
    },
  };
}
