import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds, familyOf, memoryBytes } from "../process-cost.ts";
import type { Assignment, Peer } from "./assignment.ts";

const START_LIMIT_MS = 60_000;
const POLL_MS = 50;
const STOP_LIMIT_MS = 5_000;
const SAID_LENGTH = 1_000;

/** All that were started and not stopped: what a signal ends. */
const atWork = new Set<RunningPeer>();
let isOver = false;

/** Ends all peers; none is started any more. */
export async function stopPeers(): Promise<void> {
  isOver = true;
  await Promise.all([...atWork].map((peer) => peer.stop()));
}

/** A peer at work: its programs, and what they cost. */
export class RunningPeer {
  readonly peer: Peer;
  readonly assignment: Assignment;
  readonly #children: readonly ChildProcess[];

  private constructor(peer: Peer, assignment: Assignment, children: readonly ChildProcess[]) {
    this.peer = peer;
    this.assignment = assignment;
    this.#children = children;
  }

  /** @returns once the peer accepts connections */
  static async start(peer: Peer, assignment: Assignment): Promise<RunningPeer> {
    if (isOver) throw new Error("interrupted");
    mkdirSync(assignment.dir, { recursive: true });
    const commands = peer.prepare(assignment);
    const children = commands.map((command, index) => launch(command, join(assignment.dir, `output-${index}.log`)));
    const running = new RunningPeer(peer, assignment, children);
    atWork.add(running);
    try {
      await running.#untilAccepting();
    } catch (error) {
      await running.stop();
      throw error;
    }
    return running;
  }

  cpuSeconds(): number {
    return cpuSeconds(this.#family());
  }

  memoryBytes(): number {
    return memoryBytes(this.#family());
  }

  /** All its processes. */
  pids(): readonly number[] {
    return this.#family();
  }

  async stop(): Promise<void> {
    atWork.delete(this);
    await Promise.all(this.#children.map(end));
  }

  #family(): number[] {
    return this.#children.flatMap(({ pid }) => (pid === undefined ? [] : familyOf(pid)));
  }

  async #untilAccepting(): Promise<void> {
    const { dir, port } = this.assignment;
    const endMs = performance.now() + START_LIMIT_MS;
    while (!(await accepts(port))) {
      const hasEnded = this.#children.some(({ exitCode }) => exitCode !== null);
      if (hasEnded || performance.now() > endMs) throw new Error(`${this.peer.name} does not start: ${saidIn(dir)}`);
      await sleep(POLL_MS);
    }
  }
}

/** Output goes to a file: that is where a peer's access log may be, and what says why it did not start. */
function launch([program = "", ...words]: readonly string[], outputPath: string): ChildProcess {
  const output = openSync(outputPath, "a");
  return spawn(program, words, { stdio: ["ignore", output, output] });
}

/** End of what a peer's programs said. */
function saidIn(dir: string): string {
  const logs = readdirSync(dir).filter((name) => name.endsWith(".log"));
  return logs.map((name) => readFileSync(join(dir, name), "utf8").trim().slice(-SAID_LENGTH)).join("\n");
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
    child.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
