import { join } from "node:path";
import { argv, env, stderr } from "node:process";
import { parseArgs } from "node:util";
import { releaseName, runtimeName } from "../daemon/release-name.ts";
import { watchdogIntervalMs } from "../daemon/sd-notify.ts";
import { loadConfiguration } from "./shell/config-dir.ts";
import { type Daemon, serve } from "./shell/serve.ts";

const USAGE = `usage: lbpair-proxy --config-dir DIR --run-dir DIR   serve
       lbpair-proxy --check --config-dir DIR            check the configuration
`;

const EXIT_PROBLEM = 1;
const EXIT_USAGE = 2;

await main();

async function main(): Promise<void> {
  const options = readArguments();
  if (options === undefined) exit(EXIT_USAGE, [USAGE.trimEnd()]);
  else if (options.isCheck) check(options.configDir);
  else if (options.runDir === undefined) exit(EXIT_USAGE, [USAGE.trimEnd()]);
  else await run(options.configDir, options.runDir);
}

function check(configDir: string): void {
  const loaded = loadConfiguration(configDir);
  if (!loaded.ok) exit(EXIT_PROBLEM, loaded.problems);
}

async function run(configDir: string, runDir: string): Promise<void> {
  try {
    const serving = await serve({
      configDir,
      statusSocket: join(runDir, "status.sock"),
      release: releaseName(import.meta.url),
      runtime: runtimeName(),
      isJournal: env["JOURNAL_STREAM"] !== undefined,
      notifySocket: env["NOTIFY_SOCKET"],
      watchdogMs: watchdogIntervalMs(env["WATCHDOG_USEC"]),
    });
    if (!serving.ok) exit(EXIT_PROBLEM, serving.problems);
    obeySignals(serving.daemon);
  } catch (error) {
    exit(EXIT_PROBLEM, [(error as Error).message]);
  }
}

function obeySignals(daemon: Daemon): void {
  process.on("SIGHUP", () => void daemon.reload());
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

type Options = { readonly isCheck: boolean; readonly configDir: string; readonly runDir: string | undefined };

/** Undefined when the words make no sense. */
function readArguments(): Options | undefined {
  try {
    const { values } = parseArgs({
      args: argv.slice(2),
      options: {
        check: { type: "boolean", default: false },
        "config-dir": { type: "string" },
        "run-dir": { type: "string" },
      },
    });
    const configDir = values["config-dir"];
    return configDir === undefined ? undefined : { isCheck: values.check, configDir, runDir: values["run-dir"] };
  } catch (error) {
    stderr.write(`${(error as Error).message}\n`);
    return undefined;
  }
}
