import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { hashPassword } from "../../daemon/password.ts";
import { askStatus } from "../../daemon/status-socket.ts";
import { ConfigDirectory, lines } from "../../test/proxy/lib/config-directory.ts";
import { DaemonProcess, freePort, runtimes } from "../../test/proxy/lib/daemon-process.ts";
import { EchoOrigin } from "../../test/proxy/storm/echo-origin.ts";
import { Traffic } from "../../test/proxy/storm/traffic.ts";
import { run } from "../proxy/command.ts";
import { RESULTS } from "../results.ts";

const USAGE = "usage: bench stats-page [--out FILE.png] [--size 1440x720] [--dark]";
const WRONG_USE = 2;
const BROWSER = "/usr/bin/chromium";
const CROWD = { lasting: 6, fleeting: 2, tls: 0, tunnels: 4 };
const REQUESTS = 3_000;
const PASSWORD = "stats";
/** Where nobody listens: a backend that is down. */
const DEAD = "127.0.0.1:1";

/** `bench stats-page`: the stats page of a daemon at work, as Chromium shows it. */
export async function benchStatsPage(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  if (options === undefined) return WRONG_USE;
  if (!existsSync(BROWSER)) throw new Error(`no browser at ${BROWSER}: apt-get install chromium`);
  const runtime = runtimes().found.at(-1);
  if (runtime === undefined) throw new Error("no runtime");
  const origins = await Promise.all(Array.from({ length: 3 }, () => EchoOrigin.start()));
  const [port, statsPort] = [await freePort(), await freePort()];
  const directory = new ConfigDirectory({
    "proxy.jsonl": lines(
      { proxy: "lb1", workers: 2 },
      { stats: { user: "admin", port: statsPort } },
      { log: { access: "off" } },
      { listener: "https", kind: "http", address: "127.0.0.1", port },
    ),
    "apps.d/app1.jsonl": appText("app1", [...origins.map(({ address }) => address), DEAD]),
    "apps.d/billing.jsonl": appText("billing", [DEAD]),
    "secrets/stats-password": await hashPassword(PASSWORD),
  });
  const daemon = new DaemonProcess(runtime, ["--config-dir", directory.path, "--run-dir", directory.runPath]);
  try {
    await daemon.line(/"event":"started"/);
    await daemon.line(/"event":"health".*"billing".*"to":"down"/);
    const order = { request: "backend", app: "app1", backend: "web3", state: "drain" } as const;
    await askStatus(join(directory.runPath, "status.sock"), order, 10_000);
    const traffic = await Traffic.start({ port, tlsPort: 0 }, CROWD);
    await traffic.more(REQUESTS);
    await takePicture(`http://admin:${PASSWORD}@127.0.0.1:${statsPort}/stats`, options);
    await traffic.stop();
    console.log(options.out);
    return 0;
  } finally {
    daemon.signal("SIGTERM");
    await daemon.ended();
    await Promise.all(origins.map((origin) => origin.close()));
    directory.remove();
  }
}

function appText(name: string, addresses: readonly string[]): string {
  return lines(
    { app: name, path: `/${name}/` },
    { check: { kind: "tcp", intervalMs: 500, fastIntervalMs: 100 } },
    ...addresses.map((address, index) => ({ backend: `web${index + 1}`, address, isBackup: index === 1 })),
  );
}

async function takePicture(url: string, { out, size, dark }: Options): Promise<void> {
  const scheme = dark ? "--blink-settings=preferredColorScheme=0" : "--blink-settings=preferredColorScheme=1";
  mkdirSync(dirname(resolve(out)), { recursive: true }); // the browser writes into no directory that is not there
  const words = ["--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-gpu", scheme];
  await run([BROWSER, ...words, `--window-size=${size.replace("x", ",")}`, `--screenshot=${out}`, url]);
}

type Options = NonNullable<ReturnType<typeof readOptions>>;

function readOptions(words: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        out: { type: "string", default: join(RESULTS, "stats-page.png") },
        size: { type: "string", default: "1440x720" },
        dark: { type: "boolean", default: false },
      },
    });
    return values;
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return undefined;
  }
}
