import type { InstanceConfig, VrrpConfig } from "./vrrp.ts";

// What two documents make of every single failure: a model of the VRRP daemon's elections, small enough to be asked on
// the laptop before anything is deployed. test/vrrp/core/failover-model.test.ts holds it against the daemon's machine.

/** What one failure of a host that is Active leads to. */
export type Prediction = {
  readonly instance: string;
  /** The host that was Active, and what happens to it. */
  readonly host: string;
  readonly failure: string;
  /** Longest time until the other host is Active, from the failure; null: it never is. */
  readonly takeoverMs: number | null;
  /** What decides it. */
  readonly because: string;
  /** Field of the document that decides it. */
  readonly path: string;
};

/** The two hosts' documents. */
export type Hosts = readonly [VrrpConfig, VrrpConfig];

type Side = { readonly config: VrrpConfig; readonly instance: InstanceConfig };
type Failure = {
  readonly failure: string;
  readonly path: string;
  /** How long until the host notices; null: it can not, or nobody asked it to. */
  readonly noticedMs: number | null;
  /** Change of priority that it makes; "mute": nothing is sent any more; "fault": the host resigns. */
  readonly means: number | "mute" | "fault";
};

/** Every single failure, for every host that may be Active when it happens. */
export function predictFailovers(hosts: Hosts): Prediction[] {
  const names = [...new Set(hosts.flatMap(({ instances }) => Object.keys(instances)))].sort();
  return names.flatMap((name) => predictInstance(hosts, name));
}

/** The failures that lead to nothing, of those that this document alone decides, whatever the other host's priority. */
export function predictAlone(config: VrrpConfig): Prediction[] {
  const stuck = twinsOf(config).map((twin) =>
    predictFailovers([config, twin]).filter(({ host, takeoverMs }) => host === config.vrrp && takeoverMs === null),
  );
  const [first = [], ...others] = stuck;
  return first.filter((one) => others.every((list) => list.some((other) => isSame(one, other))));
}

/** The other host's document, as far as this one tells: the same, with the priority that is given or the next one. */
export function supposedPeer(config: VrrpConfig): VrrpConfig {
  return twinsOf(config)[1] ?? config;
}

const PRIORITY_MIN = 1;
const PRIORITY_MAX = 254;
const MISSED_ADVERTS = 3;
const PRIORITY_LEVELS = 256;
const V2_SKEW_UNIT_MS = 1_000;

function isSame(a: Prediction, b: Prediction): boolean {
  return a.instance === b.instance && a.host === b.host && a.failure === b.failure;
}

/** The other host as it may be: the same but for a priority, the one that is given or the two nearest. */
function twinsOf(config: VrrpConfig): VrrpConfig[] {
  return [1, -1].map((step) => ({
    ...config,
    vrrp: "the other host",
    instances: Object.fromEntries(
      Object.entries(config.instances).map(([name, instance]) => {
        const near = instance.priority + step;
        const fitting = near > PRIORITY_MAX || near < PRIORITY_MIN ? instance.priority - step : near;
        return [name, { ...instance, priority: instance.peerPriority ?? fitting, peerPriority: instance.priority }];
      }),
    ),
  }));
}

function predictInstance([first, second]: Hosts, name: string): Prediction[] {
  const [one, two] = [first.instances[name], second.instances[name]];
  if (one === undefined || two === undefined) {
    const [has, lacks] = one === undefined ? [second, first] : [first, second];
    return [alone(has, lacks, name)];
  }
  const sides = [
    { config: first, instance: one },
    { config: second, instance: two },
  ] as const;
  const deaf = findDifference(one, two);
  if (deaf !== undefined) return sides.map(({ config }) => neverHears(config, name, deaf));
  const [a, b] = sides;
  return [
    [a, b],
    [b, a],
  ].flatMap(([active, backup]) =>
    active === undefined || backup === undefined || !staysActive(active, backup)
      ? []
      : failuresOf(active.config, name).map((failure) => predict(name, active, backup, failure)),
  );
}

/** Whether a host that is well stays Active beside another that is well. */
function staysActive(active: Side, backup: Side): boolean {
  const isWorse = priorityOf(active, 0) < priorityOf(backup, 0);
  return !(isWorse && backup.instance.preempt === "always");
}

/** What can fail on a host, one at a time. */
function failuresOf({ trackProxy, instances, scripts, processes }: VrrpConfig, name: string): Failure[] {
  const proxy = { path: trackProxy.isEnabled ? "trackProxy.weight" : "trackProxy.isEnabled" } as const;
  const means = trackProxy.weight === 0 ? "fault" : -Math.abs(trackProxy.weight);
  const noticed = (ms: number) => (trackProxy.isEnabled ? ms : null);
  return [
    { failure: "the host dies", path: "", noticedMs: 0, means: "mute" },
    { failure: "its cable is pulled", path: "", noticedMs: 0, means: "mute" },
    { ...proxy, failure: "its proxy dies", noticedMs: noticed(0), means },
    { ...proxy, failure: "its proxy hangs", noticedMs: noticed(trackProxy.silenceMs), means },
    ...Object.entries(scripts).map(
      ([script, { weight, fall, intervalMs, timeoutMs = intervalMs }]): Failure => ({
        failure: `script ${script} fails`,
        path: `scripts.${script}.weight`,
        noticedMs: fall * Math.max(intervalMs, timeoutMs) + timeoutMs,
        means: weight === 0 ? "fault" : -Math.abs(weight),
      }),
    ),
    ...Object.entries(processes).map(
      ([process, { weight, fall, intervalMs }]): Failure => ({
        failure: `process ${process} ends`,
        path: `processes.${process}.weight`,
        noticedMs: fall * intervalMs,
        means: weight === 0 ? "fault" : -Math.abs(weight),
      }),
    ),
    ...(instances[name]?.trackInterfaces ?? []).map(
      (link): Failure => ({
        failure: `interface ${link} loses its carrier`,
        path: `instances.${name}.trackInterfaces`,
        noticedMs: 0,
        means: "fault",
      }),
    ),
  ];
}

function predict(name: string, active: Side, backup: Side, { failure, path, noticedMs, means }: Failure): Prediction {
  const { vrrp: host } = active.config;
  const other = backup.config.vrrp;
  const about = { instance: name, host, failure, path };
  const { version, preempt, preemptDelayMs } = backup.instance;
  const intervalMs = active.instance.advertIntervalMs;
  const own = priorityOf(backup, 0);
  const skewMs = ((PRIORITY_LEVELS - own) * (version === 2 ? V2_SKEW_UNIT_MS : intervalMs)) / PRIORITY_LEVELS;
  const downMs = MISSED_ADVERTS * intervalMs + skewMs;
  if (noticedMs === null) return { ...about, takeoverMs: null, because: `${host} does not look at it` };
  if (means === "mute") return { ...about, takeoverMs: noticedMs + downMs, because: "its advertisements end" };
  if (means === "fault") return { ...about, takeoverMs: noticedMs + skewMs, because: `${host} resigns` };
  const before = priorityOf(active, 0);
  const after = priorityOf(active, means);
  const falls = `the priority of ${host} falls from ${before} to ${after}`;
  const stuck = (why: string) => ({ ...about, takeoverMs: null, because: `${falls}; ${why}` });
  if (after === before) return stuck("priorities are 1 to 254, so the weight changes nothing");
  if (after >= own) return stuck(`that of ${other} is ${own}, not higher`);
  if (preempt === "never") return stuck(`${other} has ${own} and may not take over: preempt is "never"`);
  return { ...about, takeoverMs: noticedMs + preemptDelayMs + downMs, because: `${falls}, below ${own} of ${other}` };
}

/** Priority with all weights counted in; `change`: what a failure takes away. */
function priorityOf({ config, instance: { priority } }: Side, change: number): number {
  const { trackProxy, scripts, processes } = config;
  // keepalived's meaning: a positive weight is earned by health, a negative one is the price of failure.
  const weights = [...Object.values(scripts), ...Object.values(processes)].map(({ weight }) => weight);
  if (trackProxy.isEnabled) weights.push(trackProxy.weight);
  const earned = weights.reduce((sum, weight) => sum + Math.max(0, weight), 0);
  return Math.min(PRIORITY_MAX, Math.max(PRIORITY_MIN, priority + earned + change));
}

/** The field by which two hosts do not take each other's advertisements for their own router's; undefined: they do. */
function findDifference(a: InstanceConfig, b: InstanceConfig): keyof InstanceConfig | undefined {
  if (a.vrid !== b.vrid) return "vrid";
  if (a.version !== b.version) return "version";
  // RFC 3768 7.1: in version 2 the intervals must be equal.
  if (a.version === 2 && a.advertIntervalMs !== b.advertIntervalMs) return "advertIntervalMs";
  if (a.authentication?.kind !== b.authentication?.kind) return "authentication";
  return (a.peers === undefined) === (b.peers === undefined) ? undefined : "peers";
}

function neverHears({ vrrp }: VrrpConfig, name: string, field: string): Prediction {
  return {
    instance: name,
    host: vrrp,
    failure: "nothing fails",
    path: `instances.${name}.${field}`,
    takeoverMs: null,
    because: `the hosts differ in ${field} and do not hear each other: both are Active`,
  };
}

function alone({ vrrp }: VrrpConfig, lacks: VrrpConfig, name: string): Prediction {
  return {
    instance: name,
    host: vrrp,
    failure: "the host dies",
    path: `instances.${name}`,
    takeoverMs: null,
    because: `${lacks.vrrp} does not have the instance`,
  };
}
