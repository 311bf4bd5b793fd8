import { existsSync } from "node:fs";
import { run } from "./command.ts";

/** Programs of the peers and of the load, and the Debian packages they come in. */
const PROGRAMS: readonly (readonly [string, string])[] = [
  ["/usr/sbin/haproxy", "haproxy"],
  ["/usr/sbin/nginx", "nginx-light"],
  ["/usr/sbin/apache2", "apache2-bin"],
  ["/usr/bin/wrk", "wrk"],
];

/** Installs what is missing; a package's own service is stopped again, as its ports are not ours to take. */
export async function installPackages(): Promise<void> {
  const missing = PROGRAMS.filter(([program]) => !existsSync(program)).map(([, name]) => name);
  if (missing.length === 0) return;
  console.error(`apt-get install ${missing.join(" ")}`);
  const environment = ["env", "DEBIAN_FRONTEND=noninteractive"];
  await run([...environment, "apt-get", "update", "-q"]);
  await run([...environment, "apt-get", "install", "-q", "-y", "--no-install-recommends", ...missing]);
  for (const service of ["haproxy", "nginx"]) {
    if (existsSync(`/lib/systemd/system/${service}.service`)) {
      await run(["systemctl", "disable", "--now", service]).catch(() => ""); // no systemd here: nothing runs
    }
  }
}
