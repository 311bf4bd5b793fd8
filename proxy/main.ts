import { join } from "node:path";
import { argv, env, stderr } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CURRENT_RELEASE } from "../config/paths.ts";
import { releaseName, runtimeName } from "../daemon/release-name.ts";
import { watchdogIntervalMs } from "../daemon/sd-notify.ts";
import { loadConfiguration } from "./shell/config-dir.ts";
import { workForDaemon } from "./shell/crew-worker.ts";
import type { Daemon } from "./shell/daemon.ts";
import { serve } from "./shell/serve.ts";
import { formatValidityWarning, validityOf, validityWarnings } from "./shell/validity.ts";

const USAGE = `usage: lbpair-proxy --config-dir DIR --run-dir DIR   serve
       lbpair-proxy --check --config-dir DIR            check the configuration
`;

const EXIT_PROBLEM = 1;
const EXIT_USAGE = 2;

await main();

async function main(): Promise<void> {
  const options = readArguments();
  if (options?.isWorker) await work();
  else if (options === undefined) exit(EXIT_USAGE, [USAGE.trimEnd()]);
  else if (options.isCheck) check(options.configDir);
  else if (options.runDir === undefined) exit(EXIT_USAGE, [USAGE.trimEnd()]);
  else await run({ ...options, runDir: options.runDir });
}

function check(configDir: string): void {
  const loaded = loadConfiguration(configDir);
  if (!loaded.ok) exit(EXIT_PROBLEM, loaded.problems);
  for (const warning of validityWarnings(validityOf(loaded.configuration), Date.now()))
    stderr.write(`${formatValidityWarning(warning)}\n`);
}

async function run(options: Options & { readonly runDir: string }): Promise<void> {
  const { configDir, runDir } = options;
  const words = ["--config-dir", configDir, "--run-dir", runDir];
  try {
    const serving = await serve({
      configDir,
      statusSocket: join(runDir, "status.sock"),
      release: releaseName(import.meta.url),
      runtime: runtimeName(),
      isJournal: env["JOURNAL_STREAM"] !== undefined,
      notifySocket: env["NOTIFY_SOCKET"],
      watchdogMs: watchdogIntervalMs(env["WATCHDOG_USEC"]),
      successorCommand: [options.successor, ...words, "--take-over"],
      isSuccessor: options.isSuccessor,
      workerCommand: [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url), "--worker"],
    });
    if (!serving.ok) exit(EXIT_PROBLEM, serving.problems);
    obeySignals(serving.daemon);
  } catch (error) {
    exit(EXIT_PROBLEM, [(error as Error).message]);
  }
}

async function work(): Promise<void> {
  await workForDaemon(env["JOURNAL_STREAM"] !== undefined);
  process.exit(0);
}

function obeySignals(daemon: Daemon): void {
  process.on("SIGHUP", () => void daemon.reload());
  daemon.retired.then(
    () => process.exit(0),
    (error) => exit(EXIT_PROBLEM, [String(error)]),
  );
  const leave = () => {
    daemon.stop().then(
      () => process.exit(0),
      (error) => exit(EXIT_PROBLEM, [String(error)]),
    );
  };
  process.once("SIGTERM", leave);
  process.once("SIGINT", leave);
}

function exit(code: number, lines: readonly string[]): never {
  for (const line of lines) stderr.write(`${line}\n`);
  process.exit(code);
}

type Options = {
  /** One of several processes of a daemon; it gets all else from there. */
  readonly isWorker: boolean;
  readonly isCheck: boolean;
  readonly configDir: string;
  readonly runDir: string | undefined;
  /** Started by the daemon of another release, to take over from it. */
  readonly isSuccessor: boolean;
  /** Program that takes over from this one when it is asked to go. */
  readonly successor: string;
};

/** Undefined when the words make no sense. */
function readArguments(): Options | undefined {
  try {
    const { values } = parseArgs({
      args: argv.slice(2),
      options: {
        worker: { type: "boolean", default: false },
        check: { type: "boolean", default: false },
        "config-dir": { type: "string" },
        "run-dir": { type: "string" },
        "take-over": { type: "boolean", default: false },
        successor: { type: "string", default: join(CURRENT_RELEASE, "bin", "lbpair-proxy") },
      },
    });
    const { worker: isWorker, check: isCheck, "config-dir": configDir, "run-dir": runDir } = values;
    if (configDir === undefined && !isWorker) return undefined;
    const { "take-over": isSuccessor, successor } = values;
    return { isWorker, isCheck, configDir: configDir ?? "", runDir, isSuccessor, successor };
  } catch (error) {
    stderr.write(`${(error as Error).message}\n`);
    return undefined;
  }
}
