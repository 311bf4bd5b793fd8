import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Assignment, benchApps, type Peer } from "./assignment.ts";
import type { Target } from "./load/load.ts";
import type { Sample } from "./measure.ts";
import { addressesAt, origin, sink } from "./origin.ts";
import type { Row } from "./rows.ts";
import { RunningPeer } from "./running-peer.ts";
import { proveSameWork } from "./same-work.ts";

export type RunOptions = {
  readonly dir: string;
  readonly pemPath: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly workers: number;
  readonly tell: (text: string) => void;
};

/** Samples of each peer, in the order of the rounds. */
export type RowResult = { readonly row: Row; readonly samples: ReadonlyMap<string, readonly Sample[]> };

/** Below the ports that the system gives to outgoing connections. */
const FIRST_PORT = 18_000;
/** A peer may need a second port next to its own. */
const PORTS_PER_PEER = 2;
const ORIGIN_PORT = 17_100;
const PAUSE_MS = 300;

/** Measures peers in turns: A B C A B C …, so that a slow minute of the machine is everyone's. */
export async function runRow(row: Row, peers: readonly Peer[], options: RunOptions): Promise<RowResult> {
  const able = peers.filter(({ name }) => row.peers.includes(name));
  const backends = await RunningPeer.start(row.backends === "files" ? origin : sink, {
    ...assignmentOf(row, options),
    dir: join(options.dir, row.name, "origin"),
    port: ORIGIN_PORT,
  });
  const running: RunningPeer[] = [];
  try {
    for (const [index, peer] of able.entries()) {
      const port = FIRST_PORT + index * PORTS_PER_PEER;
      const dir = join(options.dir, row.name, peer.name);
      running.push(await RunningPeer.start(peer, { ...assignmentOf(row, options), dir, port }));
    }
    for (const one of running) await proveSameWork(one, row);
    if (row.warmUpSeconds > 0) for (const one of running) await row.measure(one, targetOf(one, row), row.warmUpSeconds);
    return { row, samples: await takeTurns(row, running, options) };
  } finally {
    await Promise.all([...running, backends].map((one) => one.stop()));
  }
}

async function takeTurns(row: Row, running: readonly RunningPeer[], options: RunOptions) {
  const samples = new Map<string, Sample[]>(running.map(({ peer }) => [peer.name, []]));
  const rounds = Math.min(Math.max(options.rounds, row.roundsMin), row.roundsMax);
  for (let round = 1; round <= rounds; round++) {
    for (const one of running) {
      await sleep(PAUSE_MS);
      const sample = await row.measure(one, targetOf(one, row), options.seconds);
      samples.get(one.peer.name)?.push(sample);
      options.tell(`${row.name} ${round}/${rounds} ${one.peer.name}: ${sample.cost.toFixed(1)} ${row.unit}`);
    }
  }
  return samples;
}

function assignmentOf(row: Row, { pemPath, workers }: RunOptions): Omit<Assignment, "dir" | "port"> {
  const { isTls, isLogged, appCount } = row;
  return { isTls, isLogged, workers, apps: benchApps(appCount, addressesAt(ORIGIN_PORT)), pemPath };
}

function targetOf({ assignment }: RunningPeer, { appCount }: Row): Target {
  return { port: assignment.port, isTls: assignment.isTls, dir: assignment.dir, appCount };
}
