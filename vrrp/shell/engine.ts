import { CONTROL_KEY } from "../../config/paths.ts";
import type { VrrpConfig } from "../../config/vrrp.ts";
import type { Libc, PollSet } from "../../daemon/ffi/libc.ts";
import { buildPollSet } from "../../daemon/ffi/poll-set.ts";
import { judgeConditions, type ProxyHealth, unknownHealth } from "../core/eligibility.ts";
import { LatenessHistogram } from "../core/lateness.ts";
import { type HostNetwork, learnNetwork, placeRouter } from "../core/network.ts";
import { buildSettings, isOtherRouter, type Settings } from "../core/settings.ts";
import type { TrackResult } from "../core/track.ts";
import { openAnnouncer } from "./announcer.ts";
import { authenticationOf, type KeyMap } from "./authentication.ts";
import type { Command, Report } from "./engine-messages.ts";
import { openFilterSocket } from "./filter-socket.ts";
import { PeerLifelines } from "./lifeline/peer-lifelines.ts";
import { ProxyLifeline } from "./lifeline/proxy-lifeline.ts";
import { openRouteMonitor, openRouteSocket, type RouteMonitor } from "./route-socket.ts";
import type { RouterTools, Surroundings } from "./router-hands.ts";
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
  readonly #routers = new Map<string, VirtualRouter>();
  readonly #lateness = new LatenessHistogram();
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
    this.#tools = { libc, report, route: openRouteSocket(libc), announcer, filter };
    // The monitor first: what changes during the dump is then told twice, never not at all.
    this.#monitor = openRouteMonitor(libc);
    this.#network = this.#tools.route.dump();
  }

  run(): void {
    const { libc, nowMs } = this.#host;
    while (!this.#isStopped) {
      const deadlineMs = this.#deadlineMs();
      libc.poll(this.#buildPollSet(), Math.min(SLEEP_MS_MAX, Math.max(0, deadlineMs - nowMs())));
      const wokenMs = nowMs();
      if (wokenMs >= deadlineMs) this.#lateness.observe(wokenMs - deadlineMs);
      this.#turn(wokenMs);
    }
    this.#monitor.close();
    this.#tools.route.close();
    this.#tools.announcer.close();
    this.#tools.filter.close();
  }

  #turn(nowMs: number): void {
    this.#obeyCommands(nowMs);
    this.#followNetwork(nowMs);
    for (const router of this.#routers.values()) router.receive(nowMs);
    if (this.#proxyLifeline.hasDied()) this.#mournProxy(nowMs);
    for (const address of this.#lifelines.turn(nowMs)) this.#mournPeer(address, nowMs);
    for (const router of this.#routers.values()) router.fireTimer(nowMs);
  }

  /** Descriptors change with the configuration and with interfaces. */
  #buildPollSet(): PollSet {
    const sockets = [...this.#routers.values()].flatMap(({ fds }) => fds);
    const lifelines = [...this.#lifelines.fds, ...this.#proxyLifeline.fds];
    return buildPollSet([this.#host.bell, this.#monitor.fd, ...lifelines, ...sockets]);
  }

  #deadlineMs(): number {
    return Math.min(this.#lifelines.deadlineMs, ...[...this.#routers.values()].map(({ deadlineMs }) => deadlineMs));
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
        this.#proxyLifeline.follow(command.path);
        break;
      case "tracks":
        this.#tracks = command.results;
        this.#surroundAll(nowMs);
        break;
      case "peer":
        if (command.event.kind === "peerTold") this.#peerSources.set(command.instance, command.event.word.source);
        this.#routers.get(command.instance)?.tell(command.event, nowMs);
        break;
      case "snapshot": {
        const instances = [...this.#routers].map(([name, router]) => [name, router.snapshot(nowMs)] as const);
        const { number } = command;
        const lateness = this.#lateness.snapshot;
        this.#host.report({ kind: "snapshot", number, instances: Object.fromEntries(instances), lateness });
        break;
      }
      case "stop":
        for (const router of this.#routers.values()) router.stop(nowMs);
        this.#lifelines.close();
        this.#proxyLifeline.follow(null);
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
    for (const [name, router] of this.#routers) {
      const settings = wanted.find((candidate) => candidate.name === name);
      if (settings !== undefined && !isOtherRouter(settings, router.settings)) continue;
      router.stop(nowMs);
      this.#routers.delete(name);
    }
    this.#config = config;
    this.#lifelines.configure(config.control, keys.get(CONTROL_KEY), nowMs);
    this.#virtual = new Set(wanted.flatMap(({ addresses }) => addresses.map(({ address }) => address)));
    for (const settings of wanted) {
      const surroundings = this.#surroundings(config, settings);
      const running = this.#routers.get(settings.name);
      running?.surround(surroundings, nowMs);
      running?.change(settings, nowMs);
      if (running !== undefined) continue;
      const router = new VirtualRouter(settings, this.#tools, surroundings, nowMs);
      this.#routers.set(settings.name, router);
      router.start(nowMs);
    }
  }

  /** Until the main thread hears of the next one. */
  #mournProxy(nowMs: number): void {
    this.#proxy = { isHealthy: false, because: "its process died" };
    this.#surroundAll(nowMs);
  }

  #mournPeer(address: string, nowMs: number): void {
    const because = `the VRRP daemon at ${address} died: its lifeline ended without a word`;
    this.#host.report({ kind: "log", level: "warn", fields: { event: "peer", isAlive: false, because } });
    for (const [name, source] of this.#peerSources)
      this.#routers.get(name)?.tell({ kind: "peerDied", source, because }, nowMs);
  }

  #followNetwork(nowMs: number): void {
    const messages = this.#monitor.drain();
    if (messages.length === 0) return;
    const isLost = messages === "lost";
    this.#network = isLost ? this.#tools.route.dump() : messages.reduce(learnNetwork, this.#network);
    this.#surroundAll(nowMs);
    for (const message of isLost ? [] : messages) {
      if (message.kind !== "address" || !message.isGone) continue;
      for (const router of this.#routers.values()) router.loseAddress(message.address, nowMs);
    }
  }

  #surroundAll(nowMs: number): void {
    const config = this.#config;
    if (config === undefined) return;
    for (const router of this.#routers.values()) router.surround(this.#surroundings(config, router.settings), nowMs);
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
