import type { Lab } from "../../../lab/lab.ts";

// What "as before" means: every file with its content, owner and mode, every unit, socket, user's process of ours; the
// network as far as its kernel knows it. Left out is what changes by itself on an idle machine, and what other programs
// write when anybody logs in.

/** Whose content is compared is in none of these. */
const CHANGING = [
  "/dev/*",
  "/proc/*",
  "/sys/*",
  "/run/*",
  "/tmp/*",
  "/var/tmp/*",
  "/var/log/*",
  "/var/lib/systemd/*",
  "/var/cache/*",
  // Its timer may run meanwhile.
  "/var/lib/logrotate/*",
  // Copies that the account tools keep of their files before each change.
  "/etc/passwd-",
  "/etc/group-",
  "/etc/shadow-",
  "/etc/gshadow-",
];
/** What comes and goes with units, logins and rotations, where nothing of ours has a place. */
const PASSING = [
  "/run/systemd/*",
  "/run/user/*",
  "/run/log/*",
  "/run/motd.dynamic",
  "/var/log/journal/*",
  "*/systemd-private-*",
];

const SCRIPT = `set -eu
find / -xdev ${except(CHANGING)} -type f -exec sha256sum {} + | sort -k 2
find / -xdev ${except(CHANGING)} -printf '%p %y %m %u:%g %l\\n' | sort
find /run /tmp /var/tmp /var/log /dev/shm ${except(PASSING)} -mindepth 1 -printf '%p %y %m %u:%g %l\\n' | sort
find /run /var/lib/systemd /var/cache -name '*lbpair*'
ip -o address | sed 's/valid_lft.*//'
ip -o link
ip -o maddress
ip route show table all; ip -6 route show table all
ip rule; ip -6 rule
nft list ruleset
# The network's: a host of the lab can set no other.
sysctl --all --pattern '^net[.]' 2>/dev/null | grep -v nf_conntrack_count
ss -Hltunw | awk '{ print $1, $5 }' | sort
systemctl list-unit-files --no-legend --plain | awk '{ print $1, $2 }'
systemctl list-units --all --plain --no-legend '*lbpair*'
systemctl list-units --plain --no-legend --failed
ps -eo args | grep '[l]bpair' || :
`;

function except(paths: readonly string[]): string {
  return paths.map((path) => `-not -path '${path}'`).join(" ");
}

/** What can be said of each host, one line each. */
export type HostImages = ReadonlyMap<string, ReadonlySet<string>>;

/** Everything about some hosts that a stack could have changed. */
export async function imageOf(lab: Lab, hosts: readonly string[]): Promise<HostImages> {
  const images = await Promise.all(hosts.map(async (host) => [host, linesOf(await lab.sh(host, SCRIPT))] as const));
  return new Map(images);
}

/** Lines that one image has and the other has not. */
export function differences(before: HostImages, after: HostImages): string[] {
  return [...before].flatMap(([host, lines]) => {
    const now = after.get(host) ?? new Set<string>();
    return [
      ...[...lines].filter((line) => !now.has(line)).map((line) => `${host} lost ${line}`),
      ...[...now].filter((line) => !lines.has(line)).map((line) => `${host} has ${line}`),
    ];
  });
}

function linesOf(text: string): Set<string> {
  return new Set(text.split("\n"));
}
