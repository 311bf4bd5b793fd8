import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Lab } from "../lab.ts";
import type { BrowserOptions } from "./browser.ts";

/** One request of the probe; times are the probe's own monotonic clock, and for the end also the machine's. */
export type Sample = {
  readonly startMs: number;
  readonly endMs: number;
  readonly endWallMs: number;
  readonly result: string;
};

export type Watch = {
  /** Requests that have ended so far. */
  readonly samples: readonly Sample[];
  /** Resolves with the next sample that satisfies the condition; rejects after `waitMs`. */
  readonly until: (what: string, holds: (sample: Sample) => boolean, waitMs: number) => Promise<Sample>;
  /** Ends the probe and gives all its samples, in the order in which the requests began. */
  readonly stop: () => Promise<Sample[]>;
};

const PROBE = new URL("./probe.ts", import.meta.url).pathname;

/**
 * Starts asking for a URL from the lab's client, a new TLS connection every `intervalMs`.
 *
 * @param waitMs  after which a request counts as failed
 */
export function startWatch(
  lab: Lab,
  browser: BrowserOptions,
  path: string,
  intervalMs: number,
  waitMs: number = 400,
): Watch {
  const waits = ["--interval-ms", String(intervalMs), "--wait-ms", String(waitMs)];
  return watchProbe(lab, PROBE, [...placeWords(browser, path), ...waits]);
}

/** What every probe wants to know: whom to ask for what, and whose certificates to believe. */
export function placeWords({ hostname, address, caPath }: BrowserOptions, path: string): string[] {
  return ["--url", `https://${hostname}${path}`, "--address", address, "--ca", caPath];
}

/** Starts a probe, a program that prints one sample a line, from the lab's client; runs until it is stopped. */
export function watchProbe(lab: Lab, script: string, words: readonly string[]): Watch {
  const [program = "", ...enter] = lab.enter("client");
  const child = spawn(program, [...enter, process.execPath, script, ...words], { stdio: ["pipe", "pipe", "inherit"] });
  const samples: Sample[] = [];
  const waiting = new Set<(sample: Sample) => void>();
  const ended = once(child, "close");
  createInterface(child.stdout).on("line", (line) => {
    const sample = JSON.parse(line) as Sample;
    samples.push(sample);
    for (const tell of waiting) tell(sample);
  });
  const until: Watch["until"] = (what, holds, waitMs) =>
    new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        waiting.delete(check);
        settle();
      };
      const check = (sample: Sample) => holds(sample) && finish(() => resolve(sample));
      const timer = setTimeout(() => finish(() => reject(new Error(`${what}: not within ${waitMs} ms`))), waitMs);
      waiting.add(check);
      void ended.then(() => finish(() => reject(new Error(`${what}: the probe ended`))));
    });
  const stop = async () => {
    child.stdin.end();
    await ended;
    return [...samples].sort((a, b) => a.startMs - b.startMs);
  };
  return { samples, until, stop };
}

/** The longest stretch without a good answer: from the end of the last good request before it to the end of the first one after it. */
export function longestGap(samples: readonly Sample[]): { gapMs: number; failed: number } {
  const good = samples.filter(isGood).sort((a, b) => a.endMs - b.endMs);
  const gaps = good.slice(1).map((sample, index) => sample.endMs - (good[index]?.endMs ?? sample.endMs));
  return { gapMs: Math.max(0, ...gaps), failed: samples.length - good.length };
}

export function isGood({ result }: Sample): boolean {
  return result === "200";
}
