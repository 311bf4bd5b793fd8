import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Peer } from "../proxy/assignment.ts";
import { RunningPeer } from "../proxy/running-peer.ts";

// Debian's nginx and HAProxy between the proxy and the backend: readers that nobody here has written, as lax as they can
// be told to be. What they take for a request, the backend gets.

const PORT = 18_801;

/**
 * Starts one of them.
 *
 * @param origin  address of the backend
 * @returns undefined when there is none of that name
 */
export async function startReader(
  name: string,
  dir: string,
  origin: string,
): Promise<{ readonly address: string; readonly stop: () => Promise<void> } | undefined> {
  const peer = [nginx, haproxy].find((each) => each.name === name);
  if (peer === undefined) return undefined;
  const apps = [{ name: "all", prefix: "/", cookieName: "", backends: [{ name: "b0", address: origin }] }];
  const own = join(dir, name);
  mkdirSync(own);
  const running = await RunningPeer.start(peer, {
    ...{ dir: own, port: PORT, isTls: false, isLogged: false, workers: 1 },
    ...{ apps, pemPath: "" },
  });
  return { address: `127.0.0.1:${PORT}`, stop: () => running.stop() };
}

const nginx: Peer = {
  name: "nginx",
  failuresMax: 0,
  prepare: ({ dir, port, apps }) => {
    const file = join(dir, "nginx.conf");
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    const text = `worker_processes 1;
pid ${join(dir, "nginx.pid")};
events { worker_connections 512; }
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${join(dir, kind)};`).join("\n  ")}
  client_max_body_size 0;
  ignore_invalid_headers off;
  underscores_in_headers on;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://${apps[0]?.backends[0]?.address};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
    }
  }
}
`;
    writeFileSync(file, text);
    return [["nginx", "-q", "-c", file, "-e", join(dir, "error.log"), "-g", "daemon off;"]];
  },
};

const haproxy: Peer = {
  name: "haproxy",
  failuresMax: 0,
  prepare: ({ dir, port, apps }) => {
    const file = join(dir, "haproxy.cfg");
    const text = `defaults
  mode http
  timeout client 60s
  timeout connect 5s
  timeout server 60s
  option accept-invalid-http-request
  option accept-invalid-http-response
listen all
  bind 127.0.0.1:${port}
  server b0 ${apps[0]?.backends[0]?.address}
`;
    writeFileSync(file, text);
    return [["haproxy", "-db", "-f", file]];
  },
};
