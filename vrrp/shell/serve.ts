import { CONTROL_KEY } from "../../config/paths.ts";
import type { ReloadResult, VrrpStatus } from "../../config/status.ts";
import { must } from "../../daemon/ffi/errno.ts";
import { openLibc } from "../../daemon/ffi/libc.ts";
import { type Log, openLog } from "../../daemon/log.ts";
import { openSystemdNotifier } from "../../daemon/sd-notify.ts";
import { serveStatus } from "../../daemon/status-socket.ts";
import { type ProxyHealth, unknownHealth } from "../core/eligibility.ts";
import { renderMetrics } from "../core/metrics.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";
import { PeerLink } from "./control/peer-link.ts";
import { type EngineClient, startEngine } from "./engine-client.ts";
import { openEventJournal } from "./event-journal.ts";
import { Hooks } from "./hooks.ts";
import { type MetricsServer, openMetricsServer } from "./metrics-server.ts";
import { ProxyWatch } from "./proxy-watch.ts";
import { Trackers } from "./trackers.ts";

export type ServeOptions = {
  readonly configDir: string;
  /** Where the journal of events is kept; undefined: in memory only. */
  readonly stateDir: string | undefined;
  readonly statusSocket: string;
  readonly proxySocket: string;
  /** The daemon's own file, which also is the engine thread's. */
  readonly entry: URL;
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
  /** Reads the configuration again; a bad one changes nothing. */
  readonly reload: () => Promise<ReloadResult>;
  /** Resigns, removes the addresses, closes everything. */
  readonly stop: () => Promise<void>;
  /** Resolves with the reason when the daemon can't go on. */
  readonly died: Promise<string>;
};

export type Serving =
  | { readonly ok: true; readonly daemon: Daemon }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Starts the daemon.
 *
 * @returns once the engine works with the configuration and the status socket answers; problems when the configuration is bad
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const first = readConfiguration(options.configDir);
  if (!first.ok) return first;
  const libc = await openLibc();
  // Hooks and tracked scripts are the user's programs: they need no raw sockets.
  must("prctl", libc.withholdCapabilities());
  const systemd = openSystemdNotifier(libc, options.notifySocket);
  const journal = openEventJournal(options.stateDir, (because) => log.error({ event: "journal", because }));
  const { level } = first.config.log;
  const log = openLog({ daemon: "vrrp", level, isJournal: options.isJournal, onLine: journal.append });
  const death = Promise.withResolvers<string>();
  const hooks = new Hooks(log);
  hooks.configure(first.config);
  let link: PeerLink | undefined;
  let metrics: MetricsServer | undefined;
  const engine = await startEngine(libc, options.entry, {
    onLog: ({ level, fields }) => {
      log[level](fields);
      if (fields.event === "state") hooks.tell(String(fields["instance"]), String(fields["to"]));
      if (fields.event === "state") void link?.refresh().catch(() => undefined); // an engine that is gone tells by its death
    },
    onDeath: death.resolve,
  });
  const running: Running = { ...first, lastReload: { isOk: true, problems: [] } };
  warn(log, first.warnings);
  const trackers = new Trackers((results, changed) => {
    log.info({ event: "track", ...changed });
    engine.tellTracks(results);
  });
  trackers.configure(first.config);
  // Before any answer: what is not known yet must not count as well.
  engine.tellTracks(trackers.results);
  await engine.configure(first.config, first.keys);
  const peer = new PeerLink({ engine, log, nowMs: () => performance.now() }, first.config, first.keys.get(CONTROL_KEY));
  link = peer;

  let health: ProxyHealth = unknownHealth;
  const proxy = new ProxyWatch(options.proxySocket, first.config.trackProxy.silenceMs, {
    onHealth: (now) => {
      log.info({ event: "proxy", ...now });
      health = now;
      engine.tellProxyHealth(now);
      peer.tellProxyHealth(now.isHealthy);
    },
    onLifeline: engine.tellProxyLifeline,
  });
  const reload = async (): Promise<ReloadResult> => {
    running.lastReload = await reloadEngine(options.configDir, engine, running, log);
    peer.configure(running.config, running.keys.get(CONTROL_KEY));
    proxy.allowSilence(running.config.trackProxy.silenceMs);
    metrics?.configure(running.config.metrics);
    hooks.configure(running.config);
    trackers.configure(running.config);
    engine.tellTracks(trackers.results);
    return running.lastReload;
  };
  const status = async (): Promise<VrrpStatus> => {
    const instances = await engine.snapshot();
    const lateness = engine.lateness();
    const timing = lateness === undefined ? {} : { engine: { lateness } };
    return { ...about(), ...timing, control: peer.status(instances), instances };
  };
  const about = (): Omit<VrrpStatus, "instances" | "control" | "engine"> => ({
    daemon: "vrrp",
    name: running.config.vrrp,
    release: options.release,
    runtime: options.runtime,
    pid: process.pid,
    uptimeMs: Math.round(process.uptime() * 1_000),
    hashes: { ...running.hashes },
    lastReload: running.lastReload,
    proxy: health,
  });
  const renderStatus = async () => renderMetrics(await status());
  metrics = openMetricsServer(log, renderStatus);
  metrics.configure(first.config.metrics);
  const socket = await serveStatus(options.statusSocket, {
    status,
    reload,
    events: (max) => ({ events: journal.newest(max) }),
    metrics: async () => ({ text: await renderStatus() }),
    switchover: (instance) => peer.switchover(instance),
  });
  const watchdog = feedWatchdog(options.watchdogMs, engine, (message) => systemd.notify(message));
  systemd.notify("READY=1");
  log.info({ event: "started", release: options.release, runtime: options.runtime });

  const stop = async () => {
    // First of all: until it has resigned, nobody takes over.
    const resigned = engine.stop();
    systemd.notify("STOPPING=1");
    clearInterval(watchdog);
    proxy.close();
    trackers.close();
    metrics?.close();
    await resigned;
    await hooks.close();
    // Last, so that nobody takes the end of the channel for the end of the Active before it has resigned.
    peer.close();
    await socket.close();
    systemd.close();
    log.info({ event: "stopped" });
  };
  return { ok: true, daemon: { reload, stop, died: death.promise } };
}

type Running = Pick<Configuration & { ok: true }, "config" | "hashes" | "keys"> & { lastReload: ReloadResult };

async function reloadEngine(
  configDir: string,
  engine: EngineClient,
  running: Running,
  log: Log,
): Promise<ReloadResult> {
  const next = readConfiguration(configDir);
  if (!next.ok) {
    log.error({ event: "reload", isOk: false, problems: next.problems });
    return { isOk: false, problems: [...next.problems] };
  }
  warn(log, next.warnings);
  await engine.configure(next.config, next.keys);
  Object.assign(running, { config: next.config, hashes: next.hashes, keys: next.keys });
  log.info({ event: "reload", isOk: true, hashes: next.hashes });
  return { isOk: true, problems: [] };
}

function warn(log: Log, warnings: readonly string[]): void {
  for (const warning of warnings) log.warn({ event: "configuration", warning });
}

/** Only an engine that answers is alive; without its word systemd restarts the daemon. */
function feedWatchdog(
  intervalMs: number | undefined,
  engine: EngineClient,
  notify: (message: string) => boolean,
): NodeJS.Timeout | undefined {
  if (intervalMs === undefined) return undefined;
  return setInterval(() => {
    engine.snapshot().then(
      () => notify("WATCHDOG=1"),
      () => undefined, // no answer, no sign of life
    );
  }, intervalMs);
}
