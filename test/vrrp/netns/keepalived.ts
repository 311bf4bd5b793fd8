import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Child } from "./child.ts";
import type { Rig } from "./rig.ts";

export type KeepalivedOptions = {
  readonly version: 2 | 3;
  readonly priority: number;
  /** Seconds; version 3 takes fractions. */
  readonly advertSeconds: number;
  /** Default: the address of `documentOf`. */
  readonly addresses?: readonly string[];
  /** Further lines of its `vrrp_instance`. */
  readonly lines?: readonly string[];
};

/** Debian's keepalived in a host of the rig, with the same virtual router as `documentOf` describes. */
export async function startKeepalived(rig: Rig, host: string, options: KeepalivedOptions): Promise<Child> {
  const file = (name: string) => join(rig.directory, `${host}-${name}`);
  writeFileSync(file("keepalived.conf"), configuration(host, options));
  const files = ["-f", file("keepalived.conf"), "-p", file("parent.pid"), "-r", file("vrrp.pid")];
  const child = rig.spawn(host, "keepalived", "--vrrp", "--dont-fork", "--log-console", "--log-detail", ...files);
  await child.until(/Entering BACKUP STATE/);
  return child;
}

function configuration(
  host: string,
  { version, priority, advertSeconds, addresses = ["192.0.2.100/24"], lines = [] }: KeepalivedOptions,
): string {
  return `global_defs {
  router_id ${host}
  vrrp_version ${version}
}
vrrp_instance edge {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority}
  advert_int ${advertSeconds}
  virtual_ipaddress {
    ${addresses.join("\n    ")}
  }
  ${lines.join("\n  ")}
}
`;
}
