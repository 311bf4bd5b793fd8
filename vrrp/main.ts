import { join } from "node:path";
import { argv, env, stderr } from "node:process";
import { parseArgs } from "node:util";
import { isMainThread, workerData } from "node:worker_threads";
import { statusSocketPath } from "../config/paths.ts";
import { releaseName, runtimeName } from "../daemon/release-name.ts";
import { watchdogIntervalMs } from "../daemon/sd-notify.ts";
import { readConfiguration } from "./shell/configuration.ts";
import { type EngineThreadData, runEngineThread } from "./shell/engine-thread.ts";
import { releaseAddresses } from "./shell/release-addresses.ts";
import { type Daemon, serve } from "./shell/serve.ts";

const USAGE = `usage: lbpair-vrrp --config-dir DIR --run-dir DIR [--state-dir DIR] [--proxy-socket PATH]   serve
       lbpair-vrrp --check --config-dir DIR                              check vrrp.jsonl
       lbpair-vrrp --release-addresses --config-dir DIR                  remove the virtual addresses
`;

const EXIT_PROBLEM = 1;
const EXIT_USAGE = 2;

// One file for both threads, so that a release has one file per daemon.
if (isMainThread) await main().catch((error: unknown) => exit(EXIT_PROBLEM, [`lbpair-vrrp: ${error}`]));
else await runEngineThread(workerData as EngineThreadData);

async function main(): Promise<void> {
  const options = readArguments();
  if (options === undefined) exit(EXIT_USAGE, [USAGE.trimEnd()]);
  else if (options.isCheck) check(options.configDir);
  else if (options.isRelease) await release(options.configDir);
  else if (options.runDir === undefined) exit(EXIT_USAGE, [USAGE.trimEnd()]);
  else await run({ ...options, runDir: options.runDir });
}

function check(configDir: string): void {
  const configuration = readConfiguration(configDir);
  if (!configuration.ok) exit(EXIT_PROBLEM, configuration.problems);
  for (const warning of configuration.warnings) stderr.write(`${warning}\n`);
}

async function release(configDir: string): Promise<void> {
  const failures = await releaseAddresses(configDir);
  if (failures.length > 0) exit(EXIT_PROBLEM, failures);
}

async function run({ configDir, runDir, stateDir, proxySocket }: Options & { runDir: string }): Promise<void> {
  const serving = await serve({
    configDir,
    stateDir,
    statusSocket: join(runDir, "status.sock"),
    proxySocket,
    entry: new URL(import.meta.url),
    release: releaseName(import.meta.url),
    runtime: runtimeName(),
    isJournal: env["JOURNAL_STREAM"] !== undefined,
    notifySocket: env["NOTIFY_SOCKET"],
    watchdogMs: watchdogIntervalMs(env["WATCHDOG_USEC"]),
  });
  if (!serving.ok) exit(EXIT_PROBLEM, serving.problems);
  const { daemon } = serving;
  process.on("SIGHUP", () => void daemon.reload());
  process.once("SIGTERM", () => void leave(daemon));
  process.once("SIGINT", () => void leave(daemon));
  const because = await daemon.died;
  exit(EXIT_PROBLEM, [`engine: ${because}`]);
}

async function leave(daemon: Daemon): Promise<void> {
  try {
    await daemon.stop();
    process.exit(0);
  } catch (error) {
    exit(EXIT_PROBLEM, [String(error)]);
  }
}

function exit(code: number, lines: readonly string[]): never {
  for (const line of lines) stderr.write(`${line}\n`);
  process.exit(code);
}

type Options = {
  readonly isCheck: boolean;
  readonly isRelease: boolean;
  readonly configDir: string;
  readonly runDir: string | undefined;
  /** Where the journal of events is kept; undefined: nowhere. */
  readonly stateDir: string | undefined;
  readonly proxySocket: string;
};

/** Undefined when the words make no sense. */
function readArguments(): Options | undefined {
  try {
    const { values } = parseArgs({
      args: argv.slice(2),
      options: {
        check: { type: "boolean", default: false },
        "release-addresses": { type: "boolean", default: false },
        "config-dir": { type: "string" },
        "run-dir": { type: "string" },
        "state-dir": { type: "string" },
        "proxy-socket": { type: "string", default: statusSocketPath("proxy") },
      },
    });
    const configDir = values["config-dir"];
    if (configDir === undefined) return undefined;
    return {
      isCheck: values.check,
      isRelease: values["release-addresses"],
      configDir,
      runDir: values["run-dir"],
      stateDir: values["state-dir"],
      proxySocket: values["proxy-socket"],
    };
  } catch (error) {
    stderr.write(`${(error as Error).message}\n`);
    return undefined;
  }
}
