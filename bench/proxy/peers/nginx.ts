import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Assignment, BenchApp, Peer } from "../assignment.ts";

/** Debian's nginx; persistence by a map from the cookie's value to the backend, as it has no sticky cookie of its own. */
export const nginx: Peer = {
  name: "nginx",
  failuresMax: 0,
  prepare: (assignment) => {
    const file = join(assignment.dir, "nginx.conf");
    writeFileSync(file, configOf(assignment));
    return [["nginx", "-q", "-c", file, "-e", join(assignment.dir, "error.log"), "-g", "daemon off;"]];
  },
};

const LOG_FORMAT = `log_format bench escape=json '{"time":"$time_iso8601","client":"$remote_addr","method":"$request_method",'
    '"path":"$request_uri","host":"$host","status":$status,"bytesOut":$bytes_sent,"requestTime":$request_time,'
    '"upstream":"$upstream_addr","userAgent":"$http_user_agent","referer":"$http_referer"}';`;

function configOf({ dir, port, isTls, isLogged, workers, apps, pemPath }: Assignment): string {
  const tls = isTls ? `ssl_certificate ${pemPath}; ssl_certificate_key ${pemPath};` : "";
  return `worker_processes ${workers};
pid ${join(dir, "nginx.pid")};
events { worker_connections 15000; }
http {
  ${LOG_FORMAT}
  access_log ${isLogged ? `${join(dir, "access.log")} bench buffer=64k flush=1s` : "off"};
  client_body_temp_path ${join(dir, "body")};
  proxy_temp_path ${join(dir, "proxy")};
  fastcgi_temp_path ${join(dir, "fastcgi")};
  uwsgi_temp_path ${join(dir, "uwsgi")};
  scgi_temp_path ${join(dir, "scgi")};
  keepalive_requests 100000000;
  keepalive_timeout 60s;
  client_max_body_size 0;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache shared:bench:10m;
  variables_hash_max_size 65536;
  map_hash_max_size 65536;
${apps.map(upstreamsOf).join("\n")}
  server {
    listen 127.0.0.1:${port}${isTls ? " ssl" : ""} backlog=4096;
    ${tls}
${apps.map(locationOf).join("\n")}
  }
}
`;
}

function upstreamsOf({ name, cookieName, backends }: BenchApp): string {
  const servers = backends.map(({ address }) => `server ${address};`).join(" ");
  const single = backends.map(
    (backend) => `  upstream ${name}_${backend.name} { server ${backend.address}; keepalive 64; }`,
  );
  const cases = backends.map((backend) => `${backend.name} ${name}_${backend.name};`).join(" ");
  return `  upstream ${name} { ${servers} keepalive 64; }
${single.join("\n")}
  map $cookie_${cookieName} $${name}_target { default ${name}; ${cases} }`;
}

function locationOf({ name, prefix }: BenchApp): string {
  return `    location ${prefix} {
      rewrite ^${prefix}(.*)$ /$1 break;
      proxy_pass http://$${name}_target;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Prefix ${prefix.slice(0, -1)};
      proxy_redirect / ${prefix};
      proxy_cookie_path / ${prefix};
    }`;
}
