import type { InstanceStatus, Lateness, VrrpStatus } from "../../config/status.ts";

// What Prometheus reads (text format 0.0.4). Names begin with lbpair_vrrp_; units are seconds.

type Labels = Readonly<Record<string, string | number>>;
type Sample = readonly [labels: Labels, value: number];
type Family = {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: readonly Sample[];
};

const STATES = ["Initialize", "Backup", "Active", "Fault"] as const;
const MS_PER_SECOND = 1_000;

/** Status as metrics. */
export function renderMetrics(status: VrrpStatus): string {
  const lines = [...daemonFamilies(status), ...instanceFamilies(status.instances), ...controlFamilies(status)].flatMap(
    ({ name, type, help, samples }) =>
      samples.length === 0
        ? []
        : [
            `# HELP lbpair_vrrp_${name} ${help}`,
            `# TYPE lbpair_vrrp_${name} ${type}`,
            ...samples.map(([labels, value]) => `lbpair_vrrp_${name}${renderLabels(labels)} ${value}`),
          ],
  );
  return [...lines, ...(status.engine === undefined ? [] : histogram(status.engine.lateness))]
    .map((line) => `${line}\n`)
    .join("");
}

function daemonFamilies({ name, release, runtime, uptimeMs, proxy, lastReload }: VrrpStatus): Family[] {
  return [
    { name: "info", type: "gauge", help: "The daemon", samples: [[{ host: name, release, runtime }, 1]] },
    { name: "uptime_seconds", type: "gauge", help: "Since the start", samples: [[{}, uptimeMs / MS_PER_SECOND]] },
    {
      name: "proxy_healthy",
      type: "gauge",
      help: "1: the local proxy serves",
      samples: [[{}, Number(proxy.isHealthy)]],
    },
    {
      name: "last_reload_ok",
      type: "gauge",
      help: "1: the last configuration read is in force",
      samples: [[{}, Number(lastReload.isOk)]],
    },
  ];
}

function instanceFamilies(instances: VrrpStatus["instances"]): Family[] {
  const of = (samples: (status: InstanceStatus) => Sample[]): Sample[] =>
    Object.entries(instances).flatMap(([instance, status]) =>
      samples(status).map(([labels, value]): Sample => [{ instance, ...labels }, value]),
    );
  return [
    {
      name: "state",
      type: "gauge",
      help: "1 for the state that the virtual router is in",
      samples: of(({ state }) => STATES.map((one): Sample => [{ state: one }, Number(one === state)])),
    },
    {
      name: "state_seconds",
      type: "gauge",
      help: "Time in this state",
      samples: of(({ sinceMs }) => [[{}, sinceMs / MS_PER_SECOND]]),
    },
    {
      name: "priority",
      type: "gauge",
      help: "With all weights counted in",
      samples: of(({ priority }) => [[{}, priority]]),
    },
    {
      name: "transitions_total",
      type: "counter",
      help: "Changes of state",
      samples: of(({ transitions = {} }) =>
        Object.entries(transitions).flatMap(([from, reached]) =>
          Object.entries(reached).map(([to, count]): Sample => [{ from, to }, count]),
        ),
      ),
    },
    {
      name: "adverts_sent_total",
      type: "counter",
      help: "Advertisements sent",
      samples: of(({ advertsSent }) => [[{}, advertsSent]]),
    },
    {
      name: "adverts_received_total",
      type: "counter",
      help: "Advertisements accepted",
      samples: of(({ advertsReceived }) => [[{}, advertsReceived]]),
    },
    {
      name: "adverts_discarded_total",
      type: "counter",
      help: "Packets that did not count as advertisements",
      samples: of(({ advertsDiscarded }) =>
        Object.entries(advertsDiscarded).map(([reason, count]): Sample => [{ reason }, count]),
      ),
    },
    {
      name: "last_advert_seconds",
      type: "gauge",
      help: "Since the last accepted advertisement",
      samples: of(({ lastAdvertMs }) => (lastAdvertMs === null ? [] : [[{}, lastAdvertMs / MS_PER_SECOND]])),
    },
  ];
}

function controlFamilies({ control }: VrrpStatus): Family[] {
  if (control === undefined) return [];
  return [
    {
      name: "control_path_up",
      type: "gauge",
      help: "1: the control channel has this path",
      samples: control.paths.map(({ address, isUp }): Sample => [{ address }, Number(isUp)]),
    },
    {
      name: "standby_ready",
      type: "gauge",
      help: "1: the other host could take over now",
      samples: Object.entries(control.standbyProblems).map(
        ([instance, problems]): Sample => [{ instance }, Number(problems.length === 0)],
      ),
    },
  ];
}

function histogram({ buckets, count, sumMs, maxMs }: Lateness): string[] {
  const name = "lbpair_vrrp_timer_lateness_seconds";
  return [
    `# HELP ${name} How late the engine came to its deadlines`,
    `# TYPE ${name} histogram`,
    ...buckets.map((bucket) => `${name}_bucket{le="${bucket.leMs / MS_PER_SECOND}"} ${bucket.count}`),
    `${name}_bucket{le="+Inf"} ${count}`,
    `${name}_sum ${sumMs / MS_PER_SECOND}`,
    `${name}_count ${count}`,
    `# HELP ${name}_max The worst so far`,
    `# TYPE ${name}_max gauge`,
    `${name}_max ${maxMs / MS_PER_SECOND}`,
  ];
}

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value))}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
