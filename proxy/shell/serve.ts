import type { ProxyStatus, ProxyWatch, ReloadResult } from "../../config/status.ts";
import { openLibc } from "../../daemon/ffi/libc.ts";
import { type Log, openLog } from "../../daemon/log.ts";
import { openSystemdNotifier, type SystemdNotifier } from "../../daemon/sd-notify.ts";
import { type StatusServer, serveStatus } from "../../daemon/status-socket.ts";
import { buildRows, type StatsSnapshot } from "../core/stats.ts";
import { BatchedAccessLog, noAccessLog } from "./access-log.ts";
import { type Configuration, loadConfiguration } from "./config-dir.ts";
import { type HealthEvent, Prober } from "./prober.ts";
import { StatsPage } from "./stats.ts";
import { appsStatus } from "./status.ts";
import { Worker } from "./worker.ts";

export type ServeOptions = {
  readonly configDir: string;
  readonly statusSocket: string;
  readonly release: string;
  readonly runtime: string;
  readonly isJournal: boolean;
  /** `NOTIFY_SOCKET`. */
  readonly notifySocket: string | undefined;
  /** How often systemd wants a sign of life. */
  readonly watchdogMs: number | undefined;
};

/** A daemon at work. */
export type Daemon = {
  /** Port of each listener by name, as it is really open. */
  readonly ports: () => Readonly<Record<string, number>>;
  readonly status: () => ProxyStatus;
  /** Reads the files again; bad ones change nothing. */
  readonly reload: () => Promise<ReloadResult>;
  /** Lets what is under way end, then closes everything. */
  readonly stop: () => Promise<void>;
};

export type Serving =
  | { readonly ok: true; readonly daemon: Daemon }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Time between "not serving" and the first refused connection, for the virtual address to move. */
const HANDOVER_MS = 300;

const STANDARD_OUTPUT = 1;

/**
 * Starts the daemon.
 *
 * @returns once all listeners accept and the status socket answers; problems when the configuration is bad
 * @throws the system's error when a listener or the status socket can't be opened
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const first = loadConfiguration(options.configDir);
  if (!first.ok) return first;
  const proxy = new ProxyDaemon(options, first.configuration);
  await proxy.start();
  return { ok: true, daemon: proxy };
}

class ProxyDaemon implements Daemon {
  readonly #options: ServeOptions;
  readonly #log: Log;
  readonly #accessLog: BatchedAccessLog | undefined;
  readonly #worker: Worker;
  readonly #prober: Prober;
  readonly #stats: StatsPage;
  #configuration: Configuration;
  #lastReload: ReloadResult = { isOk: true, problems: [] };
  #reloading: Promise<unknown> = Promise.resolve();
  #because = "starting";
  #socket: StatusServer | undefined;
  #systemd: SystemdNotifier | undefined;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(options: ServeOptions, configuration: Configuration) {
    const { log } = configuration.proxy;
    this.#options = options;
    this.#configuration = configuration;
    this.#log = openLog({ daemon: "proxy", level: log.level, isJournal: options.isJournal });
    this.#accessLog =
      log.access === "json" ? new BatchedAccessLog(STANDARD_OUTPUT, options.isJournal ? "<6>" : "") : undefined;
    this.#prober = new Prober((event) => this.#logHealth(event));
    this.#stats = new StatsPage(() => this.#snapshot());
    this.#worker = new Worker({
      accessLog: this.#accessLog ?? noAccessLog,
      answerStats: (head) => this.#stats.answer(head),
    });
  }

  async start(): Promise<void> {
    const { notifySocket, statusSocket, release, runtime } = this.#options;
    this.#enforce(this.#configuration, await this.#worker.apply(this.#configuration));
    this.#because = "";
    this.#socket = await serveStatus(statusSocket, {
      status: () => this.status(),
      reload: () => this.reload(),
      watch: () => this.#watch(),
    });
    if (notifySocket !== undefined) this.#systemd = openSystemdNotifier(await openLibc(), notifySocket);
    this.#systemd?.notify("READY=1");
    const { watchdogMs } = this.#options;
    if (watchdogMs !== undefined) {
      this.#watchdog = setInterval(() => this.#systemd?.notify("WATCHDOG=1"), watchdogMs);
    }
    this.#log.info({ event: "started", release, runtime, listeners: this.ports() });
  }

  ports(): Readonly<Record<string, number>> {
    return this.#worker.ports;
  }

  status(): ProxyStatus {
    const { table, listenerTraffic } = this.#worker;
    return {
      daemon: "proxy",
      name: table.proxy.proxy,
      release: this.#options.release,
      runtime: this.#options.runtime,
      pid: process.pid,
      uptimeMs: Math.round(process.uptime() * 1_000),
      hashes: this.#configuration.hashes,
      lastReload: this.#lastReload,
      ...this.#watch(),
      connections: this.#worker.connectionCount,
      requestsTotal: [...listenerTraffic.values()].reduce((sum, { requestsTotal }) => sum + requestsTotal, 0),
      apps: appsStatus(table, this.#prober),
    };
  }

  reload(): Promise<ReloadResult> {
    const reloaded = this.#reloading.then(() => this.#reload());
    this.#reloading = reloaded;
    return reloaded;
  }

  async stop(): Promise<void> {
    this.#because = "draining";
    this.#systemd?.notify("STOPPING=1");
    this.#socket?.notifyWatchers();
    this.#log.info({ event: "draining", connections: this.#worker.connectionCount });
    await new Promise((resolve) => setTimeout(resolve, HANDOVER_MS));
    await this.#worker.drain(this.#configuration.proxy.timeouts.drainMs);
    this.#prober.stop();
    clearInterval(this.#watchdog);
    await this.#socket?.close();
    this.#systemd?.close();
    this.#log.info({ event: "stopped" });
    await this.#accessLog?.close();
  }

  async #reload(): Promise<ReloadResult> {
    const problems = await this.#tryFiles();
    this.#lastReload = { isOk: problems.length === 0, problems };
    if (problems.length > 0) this.#log.error({ event: "reload", ...this.#lastReload });
    else this.#log.info({ event: "reload", isOk: true, apps: this.#worker.table.apps.length });
    return this.#lastReload;
  }

  /** Goes over to what the files say, or tells why not. */
  async #tryFiles(): Promise<string[]> {
    const loaded = loadConfiguration(this.#options.configDir);
    if (!loaded.ok) return [...loaded.problems];
    try {
      this.#enforce(loaded.configuration, await this.#worker.apply(loaded.configuration));
      return [];
    } catch (error) {
      return [`proxy.jsonl: listeners: ${(error as Error).message}`];
    }
  }

  #enforce(configuration: Configuration, table: Worker["table"]): void {
    this.#configuration = configuration;
    this.#prober.update(table);
    this.#stats.configure(configuration);
  }

  #snapshot(): StatsSnapshot {
    const { table, listenerTraffic, connectionCount } = this.#worker;
    const { proxy, limits } = table.proxy;
    return {
      hostName: proxy,
      release: this.#options.release,
      runtime: this.#options.runtime,
      pid: process.pid,
      uptimeMs: process.uptime() * 1_000,
      connections: connectionCount,
      connectionsMax: limits.connectionsMax,
      rows: buildRows(
        listenerTraffic,
        table.apps,
        limits.connectionsMax,
        (backend) => this.#prober.reportOf(backend),
        performance.now(),
      ),
    };
  }

  #watch(): ProxyWatch {
    return { isServing: this.#because === "", because: this.#because };
  }

  #logHealth({ app, backend, isUp, outcome }: HealthEvent): void {
    const event = { event: "health", app: app.name, backend: backend.name, from: isUp ? "down" : "up" };
    const because = outcome.status === 0 ? outcome.code : `${outcome.code} ${outcome.status}`;
    this.#log.warn({
      ...event,
      to: isUp ? "up" : "down",
      because,
      usable: app.backends.filter(({ state }) => state.isUp).length,
    });
  }
}
