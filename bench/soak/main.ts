import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { benchApps } from "../proxy/assignment.ts";
import { issueCertificate } from "../proxy/certificate.ts";
import { addressesAt, origin } from "../proxy/origin.ts";
import { peersNamed } from "../proxy/peers.ts";
import { RunningPeer } from "../proxy/running-peer.ts";
import { renderTable } from "../table.ts";
import { Storm } from "./storm.ts";

const USAGE = "usage: bench soak [--minutes 10] [--peer lbpair|lbpair-node] [--workers 2]";
const WRONG_USE = 2;
const PORT = 18_700;
const ORIGIN_PORT = 17_700;
/** Rests in which memory and descriptors are looked at, so that only what stays is seen. */
const ROUNDS = 10;
const REST_MS = 8_000;
const MEBIBYTE = 1_048_576;
/** The heap finds its size in the first rounds; after them it must not grow by more. */
const GROWTH_MAX = 0.25;

/** `bench soak`: clients that behave badly for minutes; then memory and descriptors must be what they were. */
export async function benchSoak(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  if (options === undefined) return WRONG_USE;
  const dir = mkdtempSync(join(tmpdir(), "lbpair-soak-"));
  const running: RunningPeer[] = [];
  try {
    const pemPath = await issueCertificate(dir);
    const common = { isTls: true, isLogged: true, apps: benchApps(3, addressesAt(ORIGIN_PORT)), pemPath };
    const start = async (peer: Parameters<typeof RunningPeer.start>[0], port: number, workers: number) => {
      const own = join(dir, peer.name);
      mkdirSync(own, { recursive: true });
      running.push(await RunningPeer.start(peer, { ...common, dir: own, port, workers }));
    };
    await start(origin, ORIGIN_PORT, 1);
    for (const peer of peersNamed([options.peer])) await start(peer, PORT, options.workers);
    const proxy = running.at(-1);
    return proxy === undefined ? 1 : await soak(proxy, options.minutes);
  } finally {
    await Promise.all(running.map((one) => one.stop()));
    rmSync(dir, { recursive: true, force: true });
  }
}

async function soak(proxy: RunningPeer, minutes: number): Promise<number> {
  const rows: string[][] = [];
  const looks: { readonly mebibytes: number; readonly descriptors: number }[] = [];
  const stormMs = (minutes * 60_000) / ROUNDS - REST_MS;
  for (let round = 1; round <= ROUNDS; round++) {
    const storm = new Storm(PORT);
    await storm.rage(Math.max(stormMs, 1_000));
    await sleep(REST_MS);
    const look = { mebibytes: proxy.memoryBytes() / MEBIBYTE, descriptors: descriptorsOf(proxy.pids()) };
    looks.push(look);
    const { answered, aborted, wrong } = storm;
    rows.push([String(round), ...[answered, aborted, wrong, look.descriptors].map(String), look.mebibytes.toFixed(1)]);
    console.error(`round ${round}/${ROUNDS}: ${rows.at(-1)?.slice(1).join(" ")}`);
    if (wrong > 0) break;
  }
  console.log(renderTable(["round", "answered", "aborted", "wrong", "descriptors", "MiB"], rows));
  const problems = judge(rows, looks);
  for (const problem of problems) console.error(`soak: ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

function judge(
  rows: readonly (readonly string[])[],
  looks: readonly { readonly mebibytes: number; readonly descriptors: number }[],
): string[] {
  const settled = looks[2] ?? looks[0];
  const last = looks.at(-1);
  if (settled === undefined || last === undefined) return ["nothing was seen"];
  return [
    ...(rows.some(([, , , wrong]) => wrong !== "0") ? ["answers were wrong"] : []),
    ...(last.descriptors > settled.descriptors ? [`descriptors: ${settled.descriptors} to ${last.descriptors}`] : []),
    ...(last.mebibytes > settled.mebibytes * (1 + GROWTH_MAX)
      ? [`memory: ${settled.mebibytes.toFixed(1)} to ${last.mebibytes.toFixed(1)} MiB`]
      : []),
  ];
}

function descriptorsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0);
}

function readOptions(words: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        minutes: { type: "string", default: "10" },
        peer: { type: "string", default: "lbpair" },
        workers: { type: "string", default: "2" },
      },
    });
    return { minutes: Number(values.minutes), peer: values.peer, workers: Number(values.workers) };
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return undefined;
  }
}
