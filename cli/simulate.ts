import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "../config/document.ts";
import { type Hosts, type Prediction, predictFailovers, supposedPeer } from "../config/failover.ts";
import { documentPath } from "../config/paths.ts";
import { formatProblem } from "../config/problems.ts";
import { type VrrpConfig, vrrpDocument } from "../config/vrrp.ts";
import type { Places } from "./places.ts";

export type Simulation =
  | {
      readonly ok: true;
      readonly hosts: Hosts;
      readonly predictions: readonly Prediction[];
      readonly isSupposed: boolean;
    }
  | { readonly ok: false; readonly reasons: readonly string[] };

/**
 * Plays every single failure of the two hosts through.
 *
 * @param peerFile  the other host's vrrp.jsonl; without it the other host is supposed to be the same but for its priority
 */
export function simulate(places: Places, peerFile: string | undefined): Simulation {
  const own = readDocument(join(places.configDir, documentPath({ kind: "vrrp" })));
  if (!own.ok) return own;
  const peer =
    peerFile === undefined ? { ok: true as const, config: supposedPeer(own.config) } : readDocument(peerFile);
  if (!peer.ok) return peer;
  const hosts: Hosts = [own.config, peer.config];
  return { ok: true, hosts, predictions: predictFailovers(hosts), isSupposed: peerFile === undefined };
}

/** The outcome as a person reads it: a line for each failure of each host that may be Active. */
export function formatSimulation({ hosts, predictions, isSupposed }: Simulation & { ok: true }): string {
  const supposed = Object.entries(hosts[1].instances).map(([name, { priority }]) => `${name} ${priority}`);
  const head = isSupposed
    ? [`the other host's document is not given: supposed to be this one, with priorities ${supposed.join(", ")}`]
    : [];
  const rows = predictions.map(({ instance, host, failure, takeoverMs, because }) => [
    instance,
    `${host} is Active, ${failure}`,
    takeoverMs === null ? "NO FAILOVER" : `within ${Math.ceil(takeoverMs)} ms`,
    because,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return [...head, ...lines].map((line) => `${line}\n`).join("");
}

function readDocument(path: string): { ok: true; config: VrrpConfig } | { ok: false; reasons: string[] } {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return { ok: false, reasons: [(error as Error).message] };
  }
  const parsed = parseDocument(vrrpDocument, text);
  if (parsed.ok) return { ok: true, config: parsed.value };
  return { ok: false, reasons: parsed.problems.map((problem) => formatProblem(path, problem)) };
}
