import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Assignment, BenchApp, Peer } from "../assignment.ts";

/** The article's chain: Apache ends TLS and passes everything to HAProxy, which closes each connection. */
export const article: Peer = {
  name: "apache+haproxy",
  // Two new connections per request: now and then loopback is out of ports.
  failuresMax: 0.005,
  prepare: (assignment) => {
    const { dir } = assignment;
    mkdirSync(join(dir, "run"), { recursive: true });
    writeFileSync(join(dir, "apache.conf"), apacheOf(assignment));
    writeFileSync(join(dir, "haproxy.cfg"), haproxyOf(assignment));
    return [
      ["haproxy", "-db", "-f", join(dir, "haproxy.cfg")],
      ["apache2", "-D", "FOREGROUND", "-d", dir, "-f", join(dir, "apache.conf")],
    ];
  },
};

const MODULES = ["mpm_event", "authz_core", "rewrite", "proxy", "proxy_http", "ssl", "socache_shmcb"];

/** HAProxy stands behind Apache, one port further. */
function innerPort({ port }: Assignment): number {
  return port + 1;
}

function apacheOf(assignment: Assignment): string {
  const { dir, port, isTls, isLogged, apps, pemPath } = assignment;
  const loading = MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
  const inner = `http://127.0.0.1:${innerPort(assignment)}`;
  const tls = `SSLEngine on\n  SSLCertificateFile ${pemPath}\n  SSLProtocol all -SSLv3 -TLSv1 -TLSv1.1`;
  return `${loading.join("\n")}
ServerName localhost
User www-data
Group www-data
PidFile ${join(dir, "run", "apache.pid")}
DefaultRuntimeDir ${join(dir, "run")}
ErrorLog ${join(dir, "error.log")}
LogLevel warn
Listen 127.0.0.1:${port}
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
LogFormat "%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\"" combined
<VirtualHost 127.0.0.1:${port}>
  ${isTls ? tls : ""}
  ${isLogged ? `CustomLog ${join(dir, "access.log")} combined` : ""}
  ProxyPreserveHost On
  RewriteEngine On
  RewriteRule ^/([^/]+)$ https://%{HTTP_HOST}/$1/ [R,L]
  RewriteRule ^/([^/]+)/(.*)$ ${inner}/$1/$2 [P]
${apps.map(({ prefix }) => `  ProxyPassReverse ${prefix} ${inner}${prefix}`).join("\n")}
</VirtualHost>
`;
}

function haproxyOf(assignment: Assignment): string {
  const { isLogged, apps } = assignment;
  const wanted = apps.map(
    ({ name }) =>
      `  acl want_${name} path_dir ${name}\n  acl ${name}_avail nbsrv(${name}) ge 1\n  use_backend ${name} if want_${name} ${name}_avail`,
  );
  return `global
  maxconn 4096
  no strict-limits
  nbthread 1
${isLogged ? "  log stdout format raw daemon\n" : ""}
defaults
  mode http
  option dontlognull
  retries 3
  option redispatch
  timeout connect 5s
  timeout client 50s
  timeout server 50s
${isLogged ? "  log global\n  option httplog\n" : ""}
frontend web
  bind 127.0.0.1:${innerPort(assignment)}
${wanted.join("\n")}

${apps.map(backendOf).join("\n")}
`;
}

function backendOf({ name, prefix, cookieName, backends }: BenchApp): string {
  return `backend ${name}
  option httpclose
  balance roundrobin
  cookie ${cookieName} insert indirect nocache
  http-request replace-path ${prefix}(.*) /\\1
  http-response replace-header Location ^http://([^/]*)/(.*) http://\\1${prefix}\\2
  http-response replace-header Set-Cookie (.*\\ [Pp]ath=)([^\\ ]+)(.*) \\1${prefix.slice(0, -1)}\\2\\3
${backends.map((backend) => `  server ${backend.name} ${backend.address} cookie ${backend.name}`).join("\n")}
`;
}
