import type { InstanceStatus, VrrpStatus } from "../../config/status.ts";
import { type Family, renderFamily, renderHistogram, type Sample } from "./exposition.ts";

// What Prometheus reads. Names begin with lbpair_vrrp_; units are seconds.

const STATES = ["Initialize", "Backup", "Active", "Fault"] as const;
const MS_PER_SECOND = 1_000;

/** Status as metrics. */
export function renderMetrics(status: VrrpStatus): string {
  const families = [
    ...daemonFamilies(status),
    ...stateFamilies(status.instances),
    ...advertFamilies(status.instances),
    ...addressFamilies(status.instances),
    ...controlFamilies(status),
  ].flatMap(renderFamily);
  const timing =
    status.engine === undefined
      ? []
      : renderHistogram("timer_lateness_seconds", "How late the engine came to its deadlines", status.engine.lateness);
  return [...families, ...timing].map((line) => `${line}\n`).join("");
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

type Instances = VrrpStatus["instances"];

/** A family with samples of every instance. */
function family(
  instances: Instances,
  [name, type, help]: readonly [name: string, type: Family["type"], help: string],
  samplesOf: (status: InstanceStatus) => Sample[],
): Family {
  const samples = Object.entries(instances).flatMap(([instance, status]) =>
    samplesOf(status).map(([labels, value]): Sample => [{ instance, ...labels }, value]),
  );
  return { name, type, help, samples };
}

function stateFamilies(instances: Instances): Family[] {
  return [
    family(instances, ["state", "gauge", "1 for the state that the virtual router is in"], ({ state }) =>
      STATES.map((one) => [{ state: one }, Number(one === state)]),
    ),
    family(instances, ["state_seconds", "gauge", "Time in this state"], ({ sinceMs }) => [
      [{}, sinceMs / MS_PER_SECOND],
    ]),
    family(instances, ["priority", "gauge", "With all weights counted in"], ({ priority }) => [[{}, priority]]),
    family(instances, ["transitions_total", "counter", "Changes of state"], ({ transitionCounts }) =>
      transitionCounts.map(({ from, to, reason, count }) => [{ from, to, reason }, count]),
    ),
  ];
}

function advertFamilies(instances: Instances): Family[] {
  const byKind = (all: number, resignations: number): Sample[] => [
    [{ kind: "ordinary" }, all - resignations],
    [{ kind: "resignation" }, resignations],
  ];
  return [
    family(instances, ["adverts_sent_total", "counter", "Advertisements sent"], (status) =>
      byKind(status.advertsSent, status.resignationsSent),
    ),
    family(instances, ["adverts_received_total", "counter", "Advertisements accepted"], (status) =>
      byKind(status.advertsReceived, status.resignationsReceived),
    ),
    family(
      instances,
      ["adverts_discarded_total", "counter", "Packets that did not count as advertisements"],
      ({ advertsDiscarded }) => Object.entries(advertsDiscarded).map(([reason, count]) => [{ reason }, count]),
    ),
    family(
      instances,
      ["adverts_odd_total", "counter", "Advertisements accepted that differ from this host's settings"],
      ({ oddities }) => Object.entries(oddities).map(([oddity, count]) => [{ oddity }, count]),
    ),
    family(instances, ["checksum_form", "gauge", "1: the other side's checksums have this form"], ({ checksumForm }) =>
      checksumForm === null ? [] : [[{ form: checksumForm }, 1]],
    ),
    family(instances, ["last_advert_seconds", "gauge", "Since the last accepted advertisement"], ({ lastAdvertMs }) =>
      lastAdvertMs === null ? [] : [[{}, lastAdvertMs / MS_PER_SECOND]],
    ),
  ];
}

function addressFamilies(instances: Instances): Family[] {
  return [
    family(
      instances,
      ["address_present", "gauge", "1: this host has the virtual address"],
      ({ addresses, addressesPresent }) =>
        addresses.map((address) => [{ address }, Number(addressesPresent.includes(address))]),
    ),
    family(
      instances,
      ["addresses_restored_total", "counter", "Virtual addresses set again after somebody else removed them"],
      ({ addressesRestored }) => [[{}, addressesRestored]],
    ),
    family(
      instances,
      ["announcements_sent_total", "counter", "Frames that told neighbours of an address (gratuitous ARP, NA)"],
      ({ announcementsSent }) => [[{}, announcementsSent]],
    ),
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
