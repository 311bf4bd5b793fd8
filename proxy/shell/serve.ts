import { availableParallelism } from "node:os";
import type { ProxyStatus, ProxyWatch, ReloadResult } from "../../config/status.ts";
import { type Libc, openLibc } from "../../daemon/ffi/libc.ts";
import { type Log, openLog } from "../../daemon/log.ts";
import { openSystemdNotifier, type SystemdNotifier } from "../../daemon/sd-notify.ts";
import { type StatusServer, serveStatus } from "../../daemon/status-socket.ts";
import { type BatchedAccessLog, openAccessLog } from "./access-log.ts";
import { type Configuration, loadConfiguration } from "./config-dir.ts";
import { Force } from "./force.ts";
import { type HealthEvent, Prober } from "./prober.ts";
import { snapshotOf } from "./snapshot.ts";
import { StatsPage } from "./stats.ts";
import { appsStatus } from "./status.ts";

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
  /** Program and words that start a worker process. */
  readonly workerCommand: readonly string[];
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

/**
 * Starts the daemon.
 *
 * @returns once all listeners accept and the status socket answers; problems when the configuration is bad
 * @throws the system's error when a listener or the status socket can't be opened
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const first = loadConfiguration(options.configDir);
  if (!first.ok) return first;
  const proxy = new ProxyDaemon(options, first.configuration, await openLibc());
  await proxy.start();
  return { ok: true, daemon: proxy };
}

class ProxyDaemon implements Daemon {
  readonly #options: ServeOptions;
  readonly #log: Log;
  readonly #accessLog: BatchedAccessLog;
  readonly #libc: Libc;
  readonly #force: Force;
  readonly #prober: Prober;
  readonly #stats: StatsPage;
  #configuration: Configuration;
  #lastReload: ReloadResult = { isOk: true, problems: [] };
  #reloading: Promise<unknown> = Promise.resolve();
  #because = "starting";
  #socket: StatusServer | undefined;
  #systemd: SystemdNotifier | undefined;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(options: ServeOptions, configuration: Configuration, libc: Libc) {
    this.#options = options;
    this.#configuration = configuration;
    this.#libc = libc;
    this.#log = openLog({ daemon: "proxy", level: configuration.proxy.log.level, isJournal: options.isJournal });
    this.#accessLog = openAccessLog(options.isJournal);
    this.#prober = new Prober((event) => this.#onHealth(event));
    this.#stats = new StatsPage(() => snapshotOf(options, this.#force, this.#prober));
    this.#force = new Force({
      workers: configuration.proxy.workers ?? availableParallelism(),
      command: options.workerCommand,
      libc,
      accessLog: this.#accessLog,
      answerStats: (head) => this.#stats.answer(head),
      onTrouble: (app, backend) => this.#prober.suspect(app, backend),
      onLoss: ({ pid, code, signal }, againMs) => this.#log.error({ event: "worker", pid, code, signal, againMs }),
      onStrength: () => this.#socket?.notifyWatchers(),
    });
  }

  async start(): Promise<void> {
    const { notifySocket, statusSocket, release, runtime } = this.#options;
    await this.#goOver(this.#configuration);
    this.#because = "";
    this.#socket = await serveStatus(statusSocket, {
      status: () => this.status(),
      reload: () => this.reload(),
      watch: () => this.#watch(),
    });
    if (notifySocket !== undefined) this.#systemd = openSystemdNotifier(this.#libc, notifySocket);
    this.#systemd?.notify("READY=1");
    const { watchdogMs } = this.#options;
    if (watchdogMs !== undefined) {
      this.#watchdog = setInterval(() => this.#systemd?.notify("WATCHDOG=1"), watchdogMs);
    }
    this.#log.info({ event: "started", release, runtime, listeners: this.ports(), workers: this.#force.pids });
  }

  ports(): Readonly<Record<string, number>> {
    return this.#force.ports;
  }

  status(): ProxyStatus {
    const { table } = this.#force;
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
      connections: this.#force.connections,
      requestsTotal: this.#force.requestsTotal,
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
    this.#log.info({ event: "draining", connections: this.#force.connections });
    await new Promise((resolve) => setTimeout(resolve, HANDOVER_MS));
    await this.#force.drain(this.#configuration.proxy.timeouts.drainMs, "prompt");
    this.#prober.stop();
    clearInterval(this.#watchdog);
    await this.#socket?.close();
    this.#systemd?.close();
    this.#log.info({ event: "stopped" });
    await this.#accessLog.close();
  }

  async #reload(): Promise<ReloadResult> {
    const problems = await this.#tryFiles();
    this.#lastReload = { isOk: problems.length === 0, problems };
    if (problems.length > 0) this.#log.error({ event: "reload", ...this.#lastReload });
    else this.#log.info({ event: "reload", isOk: true, apps: this.#force.table.apps.length });
    return this.#lastReload;
  }

  /** Goes over to what the files say, or tells why not. */
  async #tryFiles(): Promise<string[]> {
    const loaded = loadConfiguration(this.#options.configDir);
    if (!loaded.ok) return [...loaded.problems];
    try {
      await this.#goOver(loaded.configuration);
      return [];
    } catch (error) {
      return [`proxy.jsonl: listeners: ${(error as Error).message}`];
    }
  }

  /** @throws Error when a listener can't be had, with nothing changed */
  async #goOver(configuration: Configuration): Promise<void> {
    await this.#force.goOver(configuration, (table) => {
      this.#prober.update(table);
      this.#accessLog.configure(configuration.proxy.log);
      this.#stats.configure(configuration);
      this.#configuration = configuration;
    });
  }

  #watch(): ProxyWatch {
    const because = this.#because === "" && !this.#force.isServing ? "no worker serves" : this.#because;
    return { isServing: because === "", because };
  }

  #onHealth({ app, backend, isUp, outcome }: HealthEvent): void {
    this.#force.tellHealth(app, backend);
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
