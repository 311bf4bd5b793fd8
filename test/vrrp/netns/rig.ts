import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Child, run } from "./child.ts";

/**
 * A link between network namespaces of its own: a bridge in one, hosts in the others.
 *
 * ```
 *   host "lb1"            switch               host "lb2"
 *   eth0 ───veth─── port-lb1 ▸ br0 ◂ port-lb2 ───veth─── eth0
 *   192.0.2.11/24                                192.0.2.12/24
 * ```
 */
export type Rig = {
  readonly directory: string;
  /** Full name of a host's namespace. */
  readonly namespace: (host: string) => string;
  /** Pulls the cable of a host: its interface loses the carrier. */
  readonly cut: (host: string) => void;
  readonly heal: (host: string) => void;
  /** IPv4 addresses of a host's eth0, without those of the host itself. */
  readonly virtualAddresses: (host: string) => string[];
  /** Runs a command to its end in a host's namespace. */
  readonly exec: (host: string, ...command: string[]) => string;
  /** Starts a program in a host's namespace; it ends with the rig. */
  readonly spawn: (host: string, ...command: string[]) => Child;
  /** Everything of VRRP and ARP that crosses the link, one line a packet. */
  readonly observe: () => Promise<Child>;
  /** Changes of a host's addresses, one line each. */
  readonly monitorAddresses: (host: string) => Promise<Child>;
};

const PREFIX = "lbv";

/** Why the tests of this folder can't run here; undefined: they can. */
export function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root, for network namespaces";
  const missing = ["ip", "tcpdump"].filter((tool) => !hasTool(tool));
  return missing.length > 0 ? `needs ${missing.join(" and ")}` : undefined;
}

export function hasTool(name: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;
}

/**
 * Builds a rig that is taken down when the test ends, however it ends.
 *
 * @param hosts  their names; the first has the address 192.0.2.11, the next .12, and so on
 */
export function buildRig(t: TestContext, ...hosts: readonly string[]): Rig {
  sweepLeftovers();
  const directory = mkdtempSync(join(tmpdir(), `${PREFIX}-${process.pid}-`));
  const id = directory.slice(-4);
  const namespace = (host: string) => `${PREFIX}-${process.pid}-${id}-${host}`;
  const children = new Set<Child>();
  const ip = (...args: string[]) => execFileSync("ip", args, { encoding: "utf8" });
  const inside = (host: string) => ["netns", "exec", namespace(host)];
  const spawn = (host: string, ...command: string[]) => {
    const child = run("ip", [...inside(host), ...command]);
    children.add(child);
    return child;
  };

  t.after(async () => {
    await Promise.all([...children].map((child) => child.kill("SIGKILL")));
    for (const host of ["switch", ...hosts]) ip("netns", "delete", namespace(host));
    rmSync(directory, { recursive: true, force: true });
  });
  for (const host of ["switch", ...hosts]) {
    ip("netns", "add", namespace(host));
    ip("-n", namespace(host), "link", "set", "lo", "up");
  }
  ip("-n", namespace("switch"), "link", "add", "br0", "type", "bridge");
  ip("-n", namespace("switch"), "link", "set", "br0", "up");
  for (const [index, host] of hosts.entries()) {
    const port = `port-${host}`;
    ip(
      "-n",
      namespace("switch"),
      "link",
      "add",
      port,
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "netns",
      namespace(host),
    );
    ip("-n", namespace("switch"), "link", "set", port, "master", "br0", "up");
    ip("-n", namespace(host), "link", "set", "eth0", "up");
    ip("-n", namespace(host), "address", "add", `192.0.2.${11 + index}/24`, "dev", "eth0");
  }

  return {
    directory,
    namespace,
    cut: (host) => void ip("-n", namespace("switch"), "link", "set", `port-${host}`, "down"),
    heal: (host) => void ip("-n", namespace("switch"), "link", "set", `port-${host}`, "up"),
    virtualAddresses: (host) => {
      const own = `192.0.2.${11 + hosts.indexOf(host)}/24`;
      const shown = ip("-n", namespace(host), "-4", "-o", "address", "show", "dev", "eth0");
      return [...shown.matchAll(/inet (\S+)/g)].map(([, address = ""]) => address).filter((address) => address !== own);
    },
    exec: (host, ...command) => ip(...inside(host), ...command),
    spawn,
    observe: async () => {
      const filter = "ip proto 112 or arp";
      const child = spawn("switch", "tcpdump", "-i", "br0", "-nn", "-tt", "-l", "--immediate-mode", filter);
      await child.until(/listening on br0/);
      return child;
    },
    monitorAddresses: async (host) => {
      const child = spawn(host, "ip", "-o", "monitor", "address", "label");
      // It says nothing when it is ready, so make it: a change of the loopback.
      const ready = child.until(/127\.9\.9\.9/);
      const change = setInterval(() => {
        ip("-n", namespace(host), "address", "replace", "127.9.9.9/32", "dev", "lo");
        ip("-n", namespace(host), "address", "delete", "127.9.9.9/32", "dev", "lo");
      }, 20);
      await ready.finally(() => clearInterval(change));
      return child;
    },
  };
}

/** A second path between lb1 and lb2, 198.51.100.11 and .12: what goes wrong on eth0 leaves it alone. */
export function joinBack({ exec, namespace }: Rig): void {
  exec("lb1", "ip", "link", "add", "eth1", "type", "veth", "peer", "name", "eth1", "netns", namespace("lb2"));
  for (const [host, last] of [
    ["lb1", 11],
    ["lb2", 12],
  ] as const) {
    exec(host, "ip", "address", "add", `198.51.100.${last}/24`, "dev", "eth1");
    exec(host, "ip", "link", "set", "eth1", "up");
  }
}

/** Namespaces of a test run that died half-way. */
function sweepLeftovers(): void {
  const names = execFileSync("ip", ["netns", "list"], { encoding: "utf8" });
  for (const [name, pid] of names.matchAll(new RegExp(`^${PREFIX}-(\\d+)-\\S+`, "gm"))) {
    if (!existsSync(`/proc/${pid}`)) execFileSync("ip", ["netns", "delete", name]);
  }
}
