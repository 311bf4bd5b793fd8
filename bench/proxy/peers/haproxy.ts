import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Assignment, BenchApp, Peer } from "../assignment.ts";

/** Debian's HAProxy as a careful operator would set it up today. */
export const haproxy: Peer = {
  name: "haproxy",
  failuresMax: 0,
  prepare: (assignment) => {
    const file = join(assignment.dir, "haproxy.cfg");
    writeFileSync(file, configOf(assignment));
    return [["haproxy", "-db", "-f", file]];
  },
};

function configOf({ port, isTls, isLogged, workers, apps, pemPath }: Assignment): string {
  const tls = isTls ? ` ssl crt ${pemPath} alpn http/1.1` : "";
  return `global
  nbthread ${workers}
  maxconn 15000
  no strict-limits
  ssl-default-bind-options ssl-min-ver TLSv1.2
${isLogged ? "  log stdout format raw daemon\n" : ""}
defaults
  mode http
  timeout connect 5s
  timeout client 50s
  timeout server 50s
  timeout http-request 10s
  timeout http-keep-alive 60s
  retries 3
  option redispatch 1
${isLogged ? "  log global\n  option httplog\n" : ""}
frontend web
  bind 127.0.0.1:${port}${tls}
${apps.map(({ name, prefix }) => `  use_backend ${name} if { path_beg ${prefix} }`).join("\n")}

${apps.map((app) => backendOf(app, isTls)).join("\n")}
`;
}

function backendOf({ name, prefix, cookieName, backends }: BenchApp, isTls: boolean): string {
  const bare = prefix.slice(0, -1);
  return `backend ${name}
  balance roundrobin
  cookie ${cookieName} insert indirect nocache httponly${isTls ? " secure" : ""} attr SameSite=Lax
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto ${isTls ? "https" : "http"}
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Prefix ${bare}
  http-request replace-path ${prefix}(.*) /\\1
  http-response replace-header Location ^(https?://[^/]*)?/(.*) \\1${prefix}\\2
  http-response replace-header Set-Cookie (.*;\\ *[Pp]ath=)/(.*) \\1${prefix}\\2
${backends.map((backend) => `  server ${backend.name} ${backend.address} cookie ${backend.name}`).join("\n")}
`;
}
