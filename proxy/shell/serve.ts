import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import type { ProxyConfig } from "../../config/proxy.ts";
import type { ProxyStatus, ProxyWatch, ReloadResult } from "../../config/status.ts";
import { type Libc, openLibc } from "../../daemon/ffi/libc.ts";
import { type Lifeline, openLifeline } from "../../daemon/lifeline.ts";
import { type EventLog, openLog } from "../../daemon/log.ts";
import { openSystemdNotifier, type SystemdNotifier } from "../../daemon/sd-notify.ts";
import { type StatusServer, serveStatus } from "../../daemon/status-socket.ts";
import { leavingAfter } from "../core/leaving.ts";
import { startOnlyChanges } from "../core/start-only.ts";
import { type BatchedAccessLog, openAccessLog } from "./access-log.ts";
import { type Change, type Configuration, type KnownApps, loadConfiguration } from "./config-dir.ts";
import type { Daemon, ServeOptions, Serving } from "./daemon.ts";
import { Departures } from "./departures.ts";
import { Force } from "./force.ts";
import { ListeningSockets } from "./listening-sockets.ts";
import { Orders } from "./orders.ts";
import { Predecessors, tellRemains } from "./predecessors.ts";
import { Prober } from "./prober.ts";
import { snapshotOf } from "./snapshot.ts";
import { StatsPage } from "./stats.ts";
import { buildStatus } from "./status.ts";
import { adoptStandings, type Predecessor, Succession, takeOver } from "./succession.ts";
import { type Validity, validityOf, validityWarnings } from "./validity.ts";

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
  readonly #log: EventLog;
  readonly #accessLog: BatchedAccessLog;
  readonly #libc: Libc;
  readonly #sockets: ListeningSockets;
  readonly #succession = new Succession();
  readonly #predecessors = new Predecessors((remains) => this.#force.hold(remains));
  readonly #force: Force;
  readonly #orders: Orders;
  readonly #prober: Prober;
  readonly #stats: StatsPage;
  readonly #departures = new Departures(() => this.#inTurn(() => this.#goOver(this.#configuration)));
  readonly #started: ProxyConfig;
  #configuration: Configuration;
  readonly #known: KnownApps = new Map();
  #validity: Validity = { certificates: {}, revocationLists: [] };
  #lastReload: ReloadResult = { isOk: true, problems: [] };
  #reloading: Promise<unknown> = Promise.resolve();
  #because = "starting";
  #hasRetired = false;
  readonly #retirement = Promise.withResolvers<void>();
  #lifeline: Lifeline | undefined;
  #socket: StatusServer | undefined;
  #systemd: SystemdNotifier | undefined;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(options: ServeOptions, configuration: Configuration, libc: Libc) {
    this.#options = options;
    this.#started = configuration.proxy;
    this.#configuration = configuration;
    this.#libc = libc;
    this.#log = openLog({ daemon: "proxy", level: configuration.proxy.log.level, isJournal: options.isJournal });
    this.#accessLog = openAccessLog(options.isJournal);
    this.#prober = new Prober((event) => this.#orders.onHealth(event));
    this.#stats = new StatsPage(() => snapshotOf(options, this.#force, this.#prober, this.#validity));
    this.#sockets = new ListeningSockets(libc);
    this.#force = new Force({
      sockets: this.#sockets,
      workers: configuration.proxy.workers ?? availableParallelism(),
      command: options.workerCommand,
      libc,
      accessLog: this.#accessLog,
      answerStats: (head) => this.#stats.answer(head),
      onTrouble: (app, backend) => this.#prober.suspect(app, backend),
      onLoneTickets: (listener, because) => this.#log.warn({ event: "tickets", listener, because }),
      onLoss: ({ pid, code, signal }, againMs) => this.#log.error({ event: "worker", pid, code, signal, againMs }),
      onStrength: () => this.#socket?.notifyWatchers(),
      isSuccessor: options.isSuccessor,
    });
    this.#orders = new Orders(this.#force, this.#log);
  }

  async start(): Promise<void> {
    const { notifySocket, statusSocket, release, runtime, isSuccessor, watchdogMs } = this.#options;
    const predecessor = isSuccessor ? await takeOver(statusSocket, this.#libc, this.#sockets) : undefined;
    if (predecessor !== undefined) this.#predecessors.expect(predecessor.remains);
    await this.#goOver(this.#configuration, predecessor);
    this.#because = "";
    this.#lifeline = await openLifeline(this.#libc, dirname(statusSocket), (because) =>
      this.#log.warn({ event: "lifeline", because }),
    );
    this.#socket = await serveStatus(statusSocket, {
      status: ({ apps }) => this.status(apps),
      reload: () => this.reload(),
      check: ({ files }) => this.#check(files),
      setBackend: (request) => this.#orders.setBackend(request),
      setWeight: (request) => this.#orders.setWeight(request),
      shutDown: (request) => this.#orders.shutDown(request),
      sessions: (request) => this.#orders.sessions(request),
      replace: () => this.#succession.start(this.#options.successorCommand, this.#libc, this.#sockets),
      retire: (pid) => this.#retire(pid),
      ...this.#predecessors.handlers,
      watch: () => this.#watch(),
    });
    predecessor?.retire();
    if (notifySocket !== undefined) this.#systemd = openSystemdNotifier(this.#libc, notifySocket);
    this.#systemd?.notify("READY=1");
    if (watchdogMs !== undefined) {
      this.#watchdog = setInterval(() => this.#systemd?.notify("WATCHDOG=1"), watchdogMs);
    }
    this.#log.info({ event: "started", release, runtime, listeners: this.ports(), workers: this.#force.pids });
  }

  get retired(): Promise<void> {
    return this.#retirement.promise;
  }

  ports(): Readonly<Record<string, number>> {
    return this.#force.ports;
  }

  status(apps?: readonly string[]): ProxyStatus {
    return buildStatus({ ...this.#options, apps }, this.#force, this.#prober, this.#configuration.leaving, {
      hashes: this.#configuration.hashes,
      ...this.#validity,
      lastReload: this.#lastReload,
      ...this.#watch(),
    });
  }

  reload(): Promise<ReloadResult> {
    return this.#inTurn(() => this.#reload());
  }

  async stop(): Promise<void> {
    if (this.#hasRetired) return this.#force.drain(this.#configuration.proxy.timeouts.drainMs, "prompt");
    this.#because = "draining";
    this.#departures.stop();
    this.#systemd?.notify("STOPPING=1");
    this.#socket?.notifyWatchers();
    this.#log.info({ event: "draining", connections: this.#force.connections });
    await new Promise((resolve) => setTimeout(resolve, HANDOVER_MS));
    await this.#force.drain(this.#configuration.proxy.timeouts.drainMs, "prompt");
    this.#prober.stop();
    clearInterval(this.#watchdog);
    await this.#lifeline?.end();
    await this.#socket?.close();
    this.#systemd?.close();
    this.#log.info({ event: "stopped" });
    await this.#accessLog.close();
  }

  /** One change of the configuration after the other. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#reloading.then(change);
    this.#reloading = changed.catch(() => undefined);
    return changed;
  }

  /** Another process serves: this one is done when its connections are. */
  #retire(pid: number): unknown {
    if (!this.#succession.isUnderWay || this.#hasRetired) return { error: "request: nobody was asked to take over" };
    this.#hasRetired = true;
    this.#systemd?.notify(`MAINPID=${pid}`);
    this.#succession.retire();
    this.#departures.stop();
    clearInterval(this.#watchdog);
    this.#socket?.notifyWatchers();
    this.#log.info({ event: "retired", successor: pid, connections: this.#force.connections });
    this.#leave().then(this.#retirement.resolve, this.#retirement.reject);
    return { isOk: true, problems: [] };
  }

  async #leave(): Promise<void> {
    // The answers of this event go out first.
    await new Promise((resolve) => setImmediate(resolve));
    await this.#lifeline?.end();
    await this.#socket?.close("leave");
    const endTelling = tellRemains(this.#options.statusSocket, () => this.#force.remains);
    await this.#force.drain(this.#configuration.proxy.timeouts.replacedMs, "patient");
    endTelling();
    this.#prober.stop();
    this.#systemd?.close();
    await this.#accessLog.close();
  }

  async #reload(): Promise<ReloadResult> {
    const problems = await this.#tryFiles();
    const notices = startOnlyChanges(this.#started, this.#force.table.proxy);
    this.#lastReload = { isOk: problems.length === 0, problems, ...(notices.length > 0 ? { notices } : {}) };
    if (problems.length > 0) this.#log.error({ event: "reload", ...this.#lastReload });
    else this.#log.info({ event: "reload", ...this.#lastReload, apps: this.#force.table.apps.length });
    return this.#lastReload;
  }

  #check(changes: readonly Change[]): ReloadResult {
    const loaded = loadConfiguration(this.#options.configDir, this.#known, changes);
    return { isOk: loaded.ok, problems: loaded.ok ? [] : [...loaded.problems] };
  }

  /** Goes over to what the files say, or tells why not. */
  async #tryFiles(): Promise<string[]> {
    const loaded = loadConfiguration(this.#options.configDir, this.#known);
    if (!loaded.ok) return [...loaded.problems];
    try {
      await this.#goOver(loaded.configuration);
      return [];
    } catch (error) {
      return [`proxy.jsonl: listeners: ${(error as Error).message}`];
    }
  }

  /** @throws Error when a listener can't be had, with nothing changed */
  async #goOver(files: Configuration, predecessor?: Predecessor): Promise<void> {
    const before = predecessor === undefined ? this.#configuration : { apps: [], leaving: predecessor.leaving };
    const configuration = { ...files, leaving: leavingAfter(before, files.apps, performance.now()) };
    await this.#force.goOver(configuration, (table) => {
      if (predecessor !== undefined) adoptStandings(table, predecessor.standings, performance.now());
      this.#prober.update(table, predecessor === undefined ? "new" : "takenOver");
      this.#accessLog.configure(configuration.proxy.log);
      this.#log.setLevel(configuration.proxy.log.level);
      this.#stats.configure(configuration);
      this.#configuration = configuration;
      this.#validity = validityOf(configuration);
    });
    for (const warning of validityWarnings(this.#validity, Date.now())) this.#log.warn(warning);
    this.#departures.expect(configuration.leaving, configuration.apps);
  }

  #watch(): ProxyWatch {
    const because = this.#because === "" && !this.#force.isServing ? "no worker serves" : this.#because;
    if (this.#hasRetired) return { isServing: because === "", because, hasMoved: true };
    const { path: lifeline, thread: lifelineThread } = this.#lifeline ?? {};
    return { isServing: because === "", because, lifeline, lifelineThread };
  }
}
