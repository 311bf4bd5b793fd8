import { createHash } from "node:crypto";

// What the hosts' common image is made of. Its hash names the cached image, so
// a changed recipe makes a new one.

export const SUITE = "bookworm";

/** What a Debian server has, the peers we are measured against, and what a person needs to look around. */
export const PACKAGES: readonly string[] = [
  ...["systemd", "systemd-sysv", "dbus", "libpam-systemd", "openssh-server", "sudo"],
  ...["iproute2", "iputils-ping", "procps", "nftables", "tcpdump", "curl", "openssl", "ca-certificates", "logrotate"],
  ...["apache2", "nginx-light", "keepalived", "haproxy", "python3-minimal"],
];

/** Run as root inside the new root directory, by sh. */
export const SETUP = `
set -eu
# Each host enables what its role wants.
systemctl disable apache2 nginx haproxy keepalived
# Timers that would work behind a test's back, and what waits for the outside world.
systemctl disable apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer
systemctl mask systemd-networkd-wait-online.service console-getty.service
systemctl enable systemd-networkd
useradd --create-home --shell /bin/bash ops
printf 'ops ALL=(ALL) NOPASSWD: ALL\\n' > /etc/sudoers.d/ops
chmod 440 /etc/sudoers.d/ops
mkdir -m 700 -p /root/.ssh /home/ops/.ssh
chown ops: /home/ops/.ssh
# A host's identity is not the image's.
rm -f /etc/ssh/ssh_host_* /etc/machine-id /var/lib/dbus/machine-id /etc/hostname /etc/resolv.conf
apt-get clean
rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/bootstrap.log /var/cache/debconf/*-old
# Nothing is newer than this: else every first boot rebuilds caches.
touch /etc/.updated /var/.updated
`;

/** Identity of the image on one architecture. */
export function recipeHash(architecture: string): string {
  const recipe = JSON.stringify([SUITE, PACKAGES, SETUP, architecture]);
  return createHash("sha256").update(recipe).digest("hex").slice(0, 12);
}
