import { CONTROL_KEY } from "../../config/paths.ts";
import type { VrrpConfig } from "../../config/vrrp.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { PollSet } from "../../daemon/ffi/poll-set.ts";
import { judgeConditions, type ProxyHealth, unknownHealth } from "../core/eligibility.ts";
import { LatenessHistogram } from "../core/lateness.ts";
import { type HostNetwork, learnNetwork, placeRouter } from "../core/network.ts";
import { buildSettings, isOtherRouter, type Settings } from "../core/settings.ts";
import { SteadyClock } from "../core/steady-clock.ts";
import type { TrackResult } from "../core/track.ts";
import { openAnnouncer } from "./announcer.ts";
import { authenticationOf, type KeyMap } from "./authentication.ts";
import type { Command, Report } from "./engine-messages.ts";
import { openFilterSocket } from "./filter-socket.ts";
import { PeerLifelines } from "./lifeline/peer-lifelines.ts";
import { ProxyLifeline } from "./lifeline/proxy-lifeline.ts";
import { openRouteMonitor, openRouteSocket, type RouteMonitor } from "./route-socket.ts";
import type { RouterTools, Surroundings } from "./router-hands.ts";
import { readTimes } from "./times.ts";
import { VirtualRouter } from "./virtual-router.ts";

/** What the engine has from the thread it runs in. */
export type EngineHost = {
  readonly libc: Libc;
  /** Monotonic, with a fraction. */
  readonly nowMs: () => number;
  /** Eventfd that the main thread rings after it has posted a command. */
  readonly bell: number;
  readonly takeCommand: () => Command | undefined;
  readonly report: (report: Report) => void;
};

/** Longest sleep, so that a thread that is to be ended notices. */
const SLEEP_MS_MAX = 1_000;

/**
 * Runs all virtual routers of this host until a `stop`.
 *
 * One turn: sleep until something can be read or a deadline is reached; read everything; only then believe the deadlines, because an
 * advertisement that is already here is worth more than a timer that fired while this thread did not run.
 */
export class Engine {
  readonly #host: EngineHost;
  readonly #tools: RouterTools;
  readonly #monitor: RouteMonitor;
  #routers: readonly VirtualRouter[] = [];
  readonly #lateness = new LatenessHistogram();
  readonly #waited = new PollSet();
  readonly #lifelines: PeerLifelines;
  readonly #proxyLifeline: ProxyLifeline;
  /** Addresses that the peer's adverts come from, by instance, as it said last. */
  readonly #peerSources = new Map<string, string>();
  #network: HostNetwork;
  #config: VrrpConfig | undefined;
  #virtual: ReadonlySet<string> = new Set();
  #proxy: ProxyHealth = unknownHealth;
  #tracks: readonly TrackResult[] = [];
  #isStopped = false;

  constructor(host: EngineHost) {
    const { libc, report } = host;
    this.#host = host;
    this.#lifelines = new PeerLifelines(libc, (because) =>
      report({ kind: "log", level: "warn", fields: { event: "engine", because } }),
    );
    this.#proxyLifeline = new ProxyLifeline(libc);
    const [announcer, filter] = [openAnnouncer(libc), openFilterSocket(libc)];
    this.#tools = { libc, report, route: openRouteSocket(libc), announcer, filter, clock: new SteadyClock() };
    // The monitor first: what changes during the dump is then told twice, never not at all.
    this.#monitor = openRouteMonitor(libc);
    this.#network = this.#tools.route.dump();
  }

  run(): void {
    const { libc, nowMs } = this.#host;
    while (!this.#isStopped) {
      const deadlineMs = this.#deadlineMs();
      this.#gatherWaited();
      libc.poll(this.#waited, Math.min(SLEEP_MS_MAX, Math.max(0, deadlineMs - nowMs())));
      const wokenMs = nowMs();
      if (wokenMs >= deadlineMs) this.#lateness.observe(wokenMs - deadlineMs);
      this.#turn(wokenMs);
    }
    this.#monitor.close();
    this.#tools.route.close();
    this.#tools.announcer.close();
    this.#tools.filter.close();
  }

  // Turns make no garbage of their own, also while the runtime has not compiled them yet; hence indices: an iterator would be some.

  #turn(nowMs: number): void {
    this.#obeyCommands(nowMs);
    this.#followNetwork(nowMs);
    const routers = this.#routers;
    for (let at = 0; at < routers.length; at++) routers[at]?.receive(nowMs);
    if (this.#proxyLifeline.hasDied()) this.#mournProxy(nowMs);
    this.#lifelines.turn(nowMs, this.#mournPeer);
    for (let at = 0; at < routers.length; at++) routers[at]?.fireTimer(nowMs);
  }

  /** Descriptors change with the configuration, with interfaces and with whoever comes and goes. */
  #gatherWaited(): void {
    this.#waited.clear();
    this.#waited.add(this.#host.bell);
    this.#waited.add(this.#monitor.fd);
    this.#waited.add(this.#proxyLifeline.fd);
    this.#lifelines.addTo(this.#waited);
    for (let at = 0; at < this.#routers.length; at++) this.#routers[at]?.addTo(this.#waited);
  }

  #deadlineMs(): number {
    let soonestMs = this.#lifelines.deadlineMs;
    for (let at = 0; at < this.#routers.length; at++)
      soonestMs = Math.min(soonestMs, this.#routers[at]?.deadlineMs ?? soonestMs);
    return soonestMs;
  }

  #obeyCommands(nowMs: number): void {
    this.#host.libc.acknowledge(this.#host.bell);
    for (let command = this.#host.takeCommand(); command !== undefined; command = this.#host.takeCommand()) {
      this.#obey(command, nowMs);
    }
  }

  #obey(command: Command, nowMs: number): void {
    switch (command.kind) {
      case "configure":
        this.#configure(command.config, command.keys, nowMs);
        this.#host.report({ kind: "configured" });
        break;
      case "proxyHealth":
        this.#proxy = command.health;
        this.#surroundAll(nowMs);
        break;
      case "proxyLifeline":
        this.#followProxy(command.path, command.thread);
        break;
      case "tracks":
        this.#tracks = command.results;
        this.#surroundAll(nowMs);
        break;
      case "peer":
        if (command.event.kind === "peerTold") this.#peerSources.set(command.instance, command.event.word.source);
        this.#routerOf(command.instance)?.tell(command.event, nowMs);
        break;
      case "peerClock":
        this.#tools.clock.follow(readTimes(), command.unixMs);
        break;
      case "snapshot": {
        const instances = this.#routers.map((router) => [router.settings.name, router.snapshot(nowMs)] as const);
        const { number } = command;
        const [lateness, unixMs] = [this.#lateness.snapshot, this.#tools.clock.read(readTimes())];
        this.#host.report({ kind: "snapshot", number, instances: Object.fromEntries(instances), lateness, unixMs });
        break;
      }
      case "stop":
        for (const router of this.#routers) router.stop(nowMs);
        this.#lifelines.close();
        this.#proxyLifeline.drop();
        this.#isStopped = true;
        this.#host.report({ kind: "stopped" });
        break;
    }
  }

  /** Routers that stay the same go on without missing an advertisement. */
  #configure(config: VrrpConfig, keys: KeyMap, nowMs: number): void {
    const wanted = Object.entries(config.instances).map(([name, instance]) =>
      buildSettings(name, instance, config.control?.lingerMs, authenticationOf(instance, keys)),
    );
    const staying = this.#routers.filter((router) => {
      const settings = wanted.find(({ name }) => name === router.settings.name);
      return settings !== undefined && !isOtherRouter(settings, router.settings);
    });
    for (const router of this.#routers) if (!staying.includes(router)) router.stop(nowMs);
    this.#config = config;
    this.#lifelines.configure(config.control, keys.get(CONTROL_KEY), nowMs);
    this.#virtual = new Set(wanted.flatMap(({ addresses }) => addresses.map(({ address }) => address)));
    this.#routers = wanted.map((settings) => {
      const surroundings = this.#surroundings(config, settings);
      const running = staying.find((router) => router.settings.name === settings.name);
      running?.surround(surroundings, nowMs);
      running?.change(settings, nowMs);
      if (running !== undefined) return running;
      const router = new VirtualRouter(settings, this.#tools, surroundings, nowMs);
      router.start(nowMs);
      return router;
    });
  }

  #followProxy(path: string | null, thread: number | undefined): void {
    const because = path === null ? this.#proxyLifeline.drop() : this.#proxyLifeline.follow(path, thread);
    if (because !== undefined) this.#host.report({ kind: "log", level: "warn", fields: { event: "engine", because } });
  }

  /** Until the main thread hears of the next one. */
  #mournProxy(nowMs: number): void {
    this.#proxy = { isHealthy: false, because: "its process died" };
    this.#surroundAll(nowMs);
  }

  readonly #mournPeer = (address: string, nowMs: number): void => {
    const because = `the VRRP daemon at ${address} died: its lifeline ended without a word`;
    this.#host.report({ kind: "log", level: "warn", fields: { event: "peer", isAlive: false, because } });
    for (const [name, source] of this.#peerSources)
      this.#routerOf(name)?.tell({ kind: "peerDied", source, because }, nowMs);
  };

  #followNetwork(nowMs: number): void {
    const messages = this.#monitor.drain();
    if (messages.length === 0) return;
    const isLost = messages === "lost";
    const before = this.#network;
    this.#network = isLost ? this.#tools.route.dump() : messages.reduce(learnNetwork, before);
    if (this.#network === before) return;
    this.#surroundAll(nowMs);
    for (const message of isLost ? [] : messages) {
      if (message.kind !== "address" || !message.isGone) continue;
      for (const router of this.#routers) router.loseAddress(message.address, nowMs);
    }
  }

  #routerOf(instance: string): VirtualRouter | undefined {
    return this.#routers.find(({ settings }) => settings.name === instance);
  }

  #surroundAll(nowMs: number): void {
    const config = this.#config;
    if (config === undefined) return;
    for (const router of this.#routers) router.surround(this.#surroundings(config, router.settings), nowMs);
  }

  #surroundings(config: VrrpConfig, settings: Settings): Surroundings {
    const placement = placeRouter(settings, this.#network, this.#virtual);
    const conditions = judgeConditions(
      settings,
      config.trackProxy,
      placement,
      this.#network,
      this.#proxy,
      this.#tracks,
    );
    const neighbours = [...settings.peers, ...(config.control?.peers ?? [])];
    return { placement, network: this.#network, virtual: this.#virtual, conditions, neighbours };
  }
}
