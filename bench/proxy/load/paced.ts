import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../command.ts";
import { BROWSER_FIELDS, cookiesOf, type Load } from "./load.ts";

const CLIENTS = 64;

/**
 * Requests at a given pace, whatever the answers take, by nghttp2's h2load: what a user waits, not what a full queue does.
 *
 * @param requestsPerSecond  over all clients
 */
export function pacedLoad(requestsPerSecond: () => number): Load {
  return async (target, seconds) => {
    const log = join(target.dir, "h2load.tsv");
    rmSync(log, { force: true });
    const fields = [...BROWSER_FIELDS, ["Cookie", cookiesOf("app1", "b1")] as const];
    const rps = (requestsPerSecond() / CLIENTS).toFixed(2);
    const words = ["h2load", "--h1", "-t1", `-c${CLIENTS}`, `-D${seconds}`, `--rps=${rps}`, `--log-file=${log}`];
    const scheme = target.isTls ? "https" : "http";
    for (const [name, value] of fields) words.push("-H", `${name}: ${value}`);
    await run([...words, `${scheme}://127.0.0.1:${target.port}/app1/small?x=1`]);
    const rows = readFileSync(log, "utf8").trimEnd().split("\n");
    const answers = rows.map((row) => row.split("\t").map(Number));
    const waits = answers.map(([, , us = 0]) => us).sort((a, b) => a - b);
    const errors = answers.filter(([, status]) => status !== 200).length;
    const p99Ms = (waits[Math.floor(waits.length * 0.99)] ?? 0) / 1_000;
    return { requests: rows.length, errors, seconds, p99Ms };
  };
}
