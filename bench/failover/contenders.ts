import { type VrrpStatus, vrrpStatusSchema } from "../../config/status.ts";
import type { Lab } from "../../lab/lab.ts";
import { askVrrp, BALANCERS, holders, until, virtualAddress } from "./hosts.ts";

/** One of the programs that move the address, on both balancers at once. */
export type Contender = {
  readonly name: string;
  /** Units on a host: what owns the address, and the service whose death is to move it. */
  readonly daemon: string;
  readonly service: string;
  /** Runs on both hosts with this time between adverts. */
  readonly start: (lab: Lab, intervalMs: number) => Promise<void>;
  readonly stop: (lab: Lab) => Promise<void>;
  /** A host is what it was before a trial, in which this ended on it, and stands by. */
  readonly restore: (lab: Lab, host: string, intervalMs: number, ended: Ended) => Promise<void>;
  /** What its programs say of themselves, after a trial that went wrong. */
  readonly explain: (lab: Lab) => Promise<string>;
};

/** What a trial ended on a host; nothing, where only its cable was cut. */
export type Ended = "daemon" | "service" | "nothing";

const RUN = "/run/bench-keepalived";
const DEFAULT_INTERVAL_MS = 1_000;
/** Longer than addresses linger after a switchover. */
const WAIT_MS_MAX = 40_000;

export const lbpair: Contender = {
  name: "lbpair",
  daemon: "lbpair-vrrp",
  service: "lbpair-proxy",
  start: async (lab, intervalMs) => {
    for (const [index, host] of BALANCERS.entries()) {
      await lab.sh(host, "systemctl start lbpair-proxy");
      await lab.sh(host, "lbctl apply vrrp", document(lab, host, 254 - 4 * index, intervalMs));
      await lab.sh(host, "systemctl start lbpair-vrrp");
    }
    await standsBy(lab);
  },
  stop: async (lab) => {
    for (const host of BALANCERS) await lab.sh(host, "systemctl stop lbpair-vrrp");
  },
  restore: async (lab, host) => {
    await lab.sh(host, "systemctl reset-failed lbpair-vrrp lbpair-proxy; systemctl start lbpair-proxy lbpair-vrrp");
    await standsBy(lab);
  },
  explain: async (lab) => {
    const statuses = await Promise.all(BALANCERS.map(async (host) => [host, await statusOf(lab, host)] as const));
    const said = statuses.map(([host, status]) => `${host}: ${status?.instances["main"]?.because ?? "does not run"}`);
    return said.join("; ");
  },
};

/**
 * Debian's, as an administrator would set it up for these hosts. At its default interval also with the priorities that its own examples
 * and the article have; at the others with ours, so that the skew is the same.
 */
export const keepalived: Contender = {
  name: "keepalived",
  daemon: "bench-keepalived",
  service: "bench-service",
  start: async (lab, intervalMs) => {
    for (const [index, host] of BALANCERS.entries()) {
      await lab.sh(
        host,
        `cat > ${RUN}.conf`,
        keepalivedText(lab, intervalMs === DEFAULT_INTERVAL_MS ? 101 - index : 254 - 4 * index, intervalMs),
      );
      await lab.sh(host, `${WRITE_UNITS}; ${RESTART_KEEPALIVED}`);
    }
    await settled(lab);
    await hasHeard(intervalMs);
  },
  stop: async (lab) => {
    for (const host of BALANCERS)
      await lab.exec(host, `systemctl stop bench-keepalived bench-service; rm -f ${RUN}.* /run/systemd/system/bench-*`);
  },
  restore: async (lab, host, intervalMs, ended) => {
    if (ended === "daemon") await lab.sh(host, RESTART_KEEPALIVED);
    if (ended === "service") await lab.sh(host, "systemctl reset-failed bench-service; systemctl start bench-service");
    await settled(lab);
    await hasHeard(intervalMs);
  },
  explain: async (lab) => {
    const said = await Promise.all(
      BALANCERS.map(async (host) => `${host}: ${(await lab.exec(host, `tail -3 ${RUN}.log`)).stdout.trim()}`),
    );
    return said.join("; ").replaceAll("\n", " | ");
  },
};

const WRITE_UNITS = [
  "mkdir -p /run/systemd/system",
  unit(
    "bench-keepalived",
    `/usr/sbin/keepalived --vrrp --dont-fork --log-console --use-file ${RUN}.conf --pid ${RUN}.pid --vrrp_pid ${RUN}.vrrp`,
  ),
  unit("bench-service", "/usr/bin/sleep infinity"),
  "systemctl daemon-reload",
].join("; ");

/**
 * One that was told to end takes a second, in which a start would do nothing. One that was killed leaves its number behind, and
 * keepalived does not start while one of that number runs.
 */
const RESTART_KEEPALIVED = [
  `systemctl stop bench-keepalived; rm -f ${RUN}.pid ${RUN}.vrrp; systemctl reset-failed bench-*`,
  "systemctl start bench-service bench-keepalived",
].join("; ");

function unit(name: string, command: string): string {
  return `printf '[Service]\\nExecStart=${command}\\nStandardOutput=append:${RUN}.log\\n' > /run/systemd/system/${name}.service`;
}

/** Text of vrrp.jsonl: as the components render it, with other intervals. */
function document(lab: Lab, host: string, priority: number, intervalMs: number): string {
  const [peer] = BALANCERS.filter((name) => name !== host);
  const lines = [
    { vrrp: host },
    { control: { peers: [lab.host(peer ?? "").address] } },
    { instance: "main", addresses: [`${virtualAddress(lab)}/24`], advertIntervalMs: intervalMs, priority, vrid: 51 },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function keepalivedText(lab: Lab, priority: number, intervalMs: number): string {
  return `global_defs {
  vrrp_version 3
  script_user root
}
vrrp_script service {
  script "/usr/bin/systemctl is-active --quiet bench-service"
  interval 1
}
vrrp_instance bench {
  state BACKUP
  interface eth0
  virtual_router_id 52
  priority ${priority}
  advert_int ${intervalMs / 1_000}
  nopreempt
  virtual_ipaddress { ${virtualAddress(lab)}/24 dev eth0 }
  track_script { service }
}
`;
}

/** The Active itself says that the other host could take over, and no address lingers there from a switchover. */
async function standsBy(lab: Lab): Promise<void> {
  await until("a standby that is ready", WAIT_MS_MAX, async () => {
    if ((await holders(lab)).length !== 1) return false;
    const statuses = await Promise.all(BALANCERS.map((host) => statusOf(lab, host)));
    return statuses.some((status) => status?.control?.standbyProblems["main"]?.length === 0);
  });
}

/** Undefined while the daemon does not run. */
async function statusOf(lab: Lab, host: string): Promise<VrrpStatus | undefined> {
  const answer = await askVrrp(lab, host, { request: "status" }, WAIT_MS_MAX).catch(() => undefined);
  return vrrpStatusSchema.safeParse(answer).data;
}

/** keepalived says it in its log only: one has the address, the other stands by. */
async function settled(lab: Lab): Promise<void> {
  await until("keepalived in MASTER and in BACKUP", WAIT_MS_MAX, async () => {
    const states = await Promise.all(BALANCERS.map((host) => stateOf(lab, host)));
    return [...states].sort().join() === "BACKUP,MASTER";
  });
}

/** One that starts, or whose cable is healed, stands by before it has heard the other; it has after an interval, which is not said anywhere. */
function hasHeard(intervalMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2 * intervalMs));
}

async function stateOf(lab: Lab, host: string): Promise<string> {
  const { stdout } = await lab.exec(host, `grep -o 'Entering [A-Z]* STATE' ${RUN}.log | tail -1`);
  return stdout.split(" ")[1] ?? "";
}
