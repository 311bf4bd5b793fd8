import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { RESULTS } from "../results.ts";
import { issueCertificate } from "./certificate.ts";
import { installPackages } from "./machine.ts";
import { peersNamed } from "./peers.ts";
import { figuresOf, REFERENCE, renderRow } from "./report.ts";
import { benchRows, type Row } from "./rows.ts";
import { type RowResult, runRow } from "./run-row.ts";
import { stopPeers } from "./running-peer.ts";

const USAGE = `usage: bench proxy [--rows tls,clear,…] [--peers haproxy,lbpair,…] [--rounds 3] [--seconds 2] [--workers 1]
                   [--rps N] [--out DIR] [--keep]`;
const WRONG_USE = 2;
/** What a shell says of a program that a signal ended. */
const ENDED_BY = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
const DEFAULT_ROWS = "tls,tls-log,clear,clear-log,download,upload,connect,resume,apps,idle,p99";
const DEFAULT_PEERS = "haproxy,lbpair,lbpair-node,nginx,apache+haproxy,http-proxy";

/** `bench proxy`: the daemon beside its peers, one table per kind of work. */
export async function benchProxy(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  if (options === undefined) return WRONG_USE;
  await installPackages();
  const dir = mkdtempSync(join(tmpdir(), "lbpair-bench-"));
  const clear = () => {
    if (!options.isKept) rmSync(dir, { recursive: true, force: true, maxRetries: 10 });
  };
  let isEnding = false;
  const end = async (status: number) => {
    if (isEnding) return; // a signal to the group may come twice
    isEnding = true;
    await stopPeers();
    clear();
    process.exit(status);
  };
  for (const [signal, status] of Object.entries(ENDED_BY)) process.on(signal, () => void end(status));
  const results: RowResult[] = [];
  const rows = benchRows(() => options.rps ?? halfOfReference(results));
  try {
    const pemPath = await issueCertificate(dir);
    const tell = (text: string) => console.error(text);
    for (const row of rows.filter(({ name }) => options.rows.includes(name))) {
      const result = await runRow(row, options.peers, { ...options, dir, pemPath, tell });
      results.push(result);
      console.log(`\n${renderRow(result)}`);
    }
    save(options.out, results);
    return 0;
  } finally {
    if (options.isKept) console.error(`files of the peers: ${dir}`);
    clear();
  }
}

/** Requests per second at which latency is compared. */
function halfOfReference(results: readonly RowResult[]): number {
  const tls = results.find(({ row }) => row.name === "tls");
  const figure = tls === undefined ? undefined : figuresOf(tls).find(({ peer }) => peer === REFERENCE);
  if (figure === undefined) throw new Error(`p99: needs the row "tls" with ${REFERENCE} before it, or --rps`);
  return figure.requestsPerSecond.median / 2;
}

/** The figures for programs, the tables for readers. */
function save(out: string, results: readonly RowResult[]): void {
  const machine = { cpu: cpus()[0]?.model ?? "", cores: cpus().length, kernel: release() };
  const rows = results.map((result) => ({ ...describe(result.row), figures: figuresOf(result) }));
  mkdirSync(out, { recursive: true });
  const at = new Date().toISOString();
  writeFileSync(join(out, "proxy.json"), `${JSON.stringify({ at, machine, rows }, null, 2)}\n`);
  const head = `${at}, ${machine.cores} × ${machine.cpu}, Linux ${machine.kernel}`;
  writeFileSync(join(out, "proxy.md"), `${[head, ...results.map(renderRow)].join("\n\n")}`);
  console.error(`saved to ${out}`);
}

function describe({ name, title, unit }: Row) {
  return { name, title, unit };
}

function readOptions(words: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        rows: { type: "string", default: DEFAULT_ROWS },
        peers: { type: "string", default: DEFAULT_PEERS },
        rounds: { type: "string", default: "3" },
        seconds: { type: "string", default: "2" },
        workers: { type: "string", default: "1" },
        rps: { type: "string" },
        out: { type: "string", default: RESULTS },
        keep: { type: "boolean", default: false },
      },
    });
    return {
      rows: values.rows.split(","),
      peers: peersNamed(values.peers.split(",")),
      rounds: Number(values.rounds),
      seconds: Number(values.seconds),
      workers: Number(values.workers),
      rps: values.rps === undefined ? undefined : Number(values.rps),
      out: values.out,
      isKept: values.keep,
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return undefined;
  }
}
