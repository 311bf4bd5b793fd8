import type { Lab } from "../lab.ts";
import type { BrowserOptions } from "./browser.ts";
import { placeWords, type Sample, type Watch, watchProbe } from "./watch.ts";

const PROBE = new URL("./tunnel-probe.ts", import.meta.url).pathname;

/**
 * Opens WebSockets' connections from the lab's client and sends a word there and back through each, again and again.
 *
 * The samples are the round trips, and the ends of connections that did not last until they were stopped.
 */
export function startTunnels(lab: Lab, browser: BrowserOptions, path: string, count: number): Watch {
  return watchProbe(lab, PROBE, [...placeWords(browser, path), "--count", String(count)]);
}

/** Whether a sample is a word that came back through a tunnel, numbered from 0. */
export function isEcho({ result }: Sample, tunnel?: number): boolean {
  return tunnel === undefined ? result.startsWith("echo ") : result === `echo ${tunnel}`;
}
