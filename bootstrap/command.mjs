import { spawn } from "node:child_process";
import { Refusal } from "./refusal.mjs";

/**
 * @typedef {{ status: number, stdout: string, stderr: string }} Result
 * @typedef {object} Options
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [cwd]
 * @property {number} [timeoutMs]
 * @property {"KILL" | "clear"} [onOurDeath] What happens to it when we are killed; `clear`: it goes on.
 * @property {(line: string) => void} [onLine] Called with every line the program prints.
 */

/** Longer than the slowest step on a slow machine. */
const TIMEOUT_MS = 60 * 60_000;
/** As a shell says it: ended by a signal. */
const SIGNAL_STATUS = 128 + 15;

/**
 * Runs a program to its end. A status other than 0 is a result, also 127: no such program.
 *
 * It is killed when we are, so that a killed bootstrap does not go on behind its successor's back.
 *
 * @param {readonly string[]} argv
 * @param {Options} [options]
 * @returns {Promise<Result>}
 */
export function run(argv, { env = process.env, cwd, timeoutMs = TIMEOUT_MS, onOurDeath = "KILL", onLine } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn("setpriv", [`--pdeathsig=${onOurDeath}`, ...argv], {
      stdio: ["ignore", "pipe", "pipe"],
      env,
      cwd,
      timeout: timeoutMs,
    });
    const output = { stdout: "", stderr: "" };
    for (const name of /** @type {const} */ (["stdout", "stderr"])) {
      let rest = "";
      child[name].setEncoding("utf8").on("data", (text) => {
        output[name] += text;
        if (onLine === undefined) return;
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) onLine(line);
      });
    }
    child.once("error", (error) => reject(new Error(`setpriv: ${error.message}`)));
    child.once("close", (code) => resolve({ status: code ?? SIGNAL_STATUS, ...output }));
  });
}

/**
 * Runs a program that must succeed, and gives what it printed.
 *
 * @param {readonly string[]} argv
 * @param {Options} [options]
 */
export async function runOrThrow(argv, options) {
  const { status, stdout, stderr } = await run(argv, options);
  if (status === 0) return stdout;
  throw new Refusal(`${argv.join(" ")}: exit ${status}: ${excerpt(stderr || stdout)}`);
}

/** Of each end: npm names the reason first, compilers last. */
const LINES_SHOWN = 5;

/** @param {string} text */
function excerpt(text) {
  const lines = text.trim().split("\n");
  if (lines.length <= 2 * LINES_SHOWN) return lines.join("\n");
  return [...lines.slice(0, LINES_SHOWN), "…", ...lines.slice(-LINES_SHOWN)].join("\n");
}
