#!/bin/sh
# Runs one host until it is off. Arguments: control groups for this watcher,
# control groups for the host, the command that boots it anew, systemd-nspawn's
# command line as further words.
watcher_groups=$1 host_groups=$2 boot_again=$3
shift 3

# 0 means the process that writes: here this shell, below the one that becomes systemd-nspawn.
for group in $watcher_groups; do echo 0 > "$group/cgroup.procs"; done
(
  for group in $host_groups; do echo 0 > "$group/cgroup.procs"; done
  exec "$@"
)
# 133: somebody typed `reboot` on the host. A real one comes back with a fresh
# kernel, so the network namespace must be made anew too.
[ $? -eq 133 ] && exec $boot_again
