import type { Lab } from "../../lab/lab.ts";

/** One of the programs that move the address, on both balancers at once. */
export type Contender = {
  readonly name: string;
  /** Units on a host: what owns the address, and the service whose death is to move it. */
  readonly daemon: string;
  readonly service: string;
  /** Runs on both hosts with this time between adverts. */
  readonly start: (lab: Lab, intervalMs: number) => Promise<void>;
  readonly stop: (lab: Lab) => Promise<void>;
  /** A host is what it was before a trial, and stands by. */
  readonly restore: (lab: Lab, host: string, intervalMs: number) => Promise<void>;
};

export const BALANCERS = ["lb1", "lb2"] as const;
const RUN = "/run/bench-keepalived";
const WAIT_MS_MAX = 30_000;
const POLL_MS = 100;
/** Its first look at the service comes a second after its start, and until then it stands by for nobody. */
const SETTLE_MS = 1_500;

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
};

/** Debian's, as an administrator would set it up for these hosts; the priorities are ours, so that the skew is the same. */
export const keepalived: Contender = {
  name: "keepalived",
  daemon: "bench-keepalived",
  service: "bench-service",
  start: async (lab, intervalMs) => {
    for (const [index, host] of BALANCERS.entries()) {
      await lab.sh(host, `cat > ${RUN}.conf`, keepalivedText(lab, 254 - 4 * index, intervalMs));
      await startKeepalived(lab, host);
    }
    await settled(lab, intervalMs);
  },
  stop: async (lab) => {
    for (const host of BALANCERS)
      await lab.exec(host, `systemctl stop bench-keepalived bench-service; rm -f ${RUN}.* /run/systemd/system/bench-*`);
  },
  restore: async (lab, host, intervalMs) => {
    await startKeepalived(lab, host);
    await settled(lab, intervalMs);
  },
};

async function startKeepalived(lab: Lab, host: string): Promise<void> {
  const files = `--use-file ${RUN}.conf --pid ${RUN}.pid --vrrp_pid ${RUN}.vrrp`;
  const unit = (name: string, command: string) =>
    `printf '[Service]\\nExecStart=${command}\\n' > /run/systemd/system/${name}.service`;
  const daemon = unit("bench-keepalived", `/usr/sbin/keepalived --vrrp --dont-fork --log-console ${files}`);
  const service = unit("bench-service", "/usr/bin/sleep infinity");
  const start = "systemctl reset-failed bench-*; systemctl start bench-service bench-keepalived";
  await lab.sh(host, `mkdir -p /run/systemd/system; ${daemon}; ${service}; systemctl daemon-reload; ${start}`);
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

export function virtualAddress(lab: Lab): string {
  const [virtual] = lab.virtualAddresses;
  if (virtual === undefined) throw new Error("the lab has no virtual address");
  return virtual.address;
}

/** Hosts whose kernel has the address. */
export async function holders(lab: Lab): Promise<string[]> {
  const lists = await Promise.all(
    BALANCERS.map(async (host) => {
      const { stdout } = await lab.exec(host, `ip -o address show to ${virtualAddress(lab)}`);
      return stdout.trim() === "" ? [] : [host];
    }),
  );
  return lists.flat();
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + WAIT_MS_MAX;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`${what}: not within ${WAIT_MS_MAX} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** The Active itself says that the other host could take over. */
async function standsBy(lab: Lab): Promise<void> {
  await until("a standby that is ready", async () => {
    const [holder, ...others] = await holders(lab);
    if (holder === undefined || others.length > 0) return false;
    const { stdout } = await lab.exec(holder, "lbctl status --json");
    return stdout.includes('"standbyProblems":{"main":[]}');
  });
}

/** It does not say, so it gets time: for one to become Active, and for the other to have heard it. */
async function settled(lab: Lab, intervalMs: number): Promise<void> {
  await until("one holder", async () => (await holders(lab)).length === 1);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS + 4 * intervalMs));
  await until("one holder", async () => (await holders(lab)).length === 1);
}
