import type { Lab } from "../../../lab/lab.ts";

// What "as before" means: every file with its content, owner and mode, every unit, every address. Left out is what
// changes by itself on an idle machine, and what other programs write when anybody logs in.

const IGNORED = [
  "/dev/*",
  "/proc/*",
  "/sys/*",
  "/run/*",
  "/tmp/*",
  "/var/tmp/*",
  "/var/log/*",
  "/var/lib/systemd/*",
  "/var/cache/*",
  // Copies that the account tools keep of their files before each change.
  "/etc/passwd-",
  "/etc/group-",
  "/etc/shadow-",
  "/etc/gshadow-",
];

const SCRIPT = `set -eu
find / -xdev ${IGNORED.map((path) => `-not -path '${path}'`).join(" ")} -type f -exec sha256sum {} + | sort -k 2
find / -xdev ${IGNORED.map((path) => `-not -path '${path}'`).join(" ")} -printf '%p %y %m %u:%g %l\\n' | sort
find /run /tmp /var/tmp -name '*lbpair*'
ip -o address | sed 's/valid_lft.*//'
systemctl list-unit-files --no-legend --plain | awk '{ print $1, $2 }'
systemctl list-units --all --plain --no-legend '*lbpair*'
`;

/** Everything about some hosts that a stack could have changed, one line each. */
export async function imageOf(lab: Lab, hosts: readonly string[]): Promise<Map<string, Set<string>>> {
  const images = await Promise.all(hosts.map(async (host) => [host, linesOf(await lab.sh(host, SCRIPT))] as const));
  return new Map(images);
}

/** Lines that one image has and the other has not. */
export function differences(before: Map<string, Set<string>>, after: Map<string, Set<string>>): string[] {
  return [...before].flatMap(([host, lines]) => {
    const now = after.get(host) ?? new Set();
    return [
      ...[...lines].filter((line) => !now.has(line)).map((line) => `${host} lost ${line}`),
      ...[...now].filter((line) => !lines.has(line)).map((line) => `${host} has ${line}`),
    ];
  });
}

function linesOf(text: string): Set<string> {
  return new Set(text.split("\n"));
}
