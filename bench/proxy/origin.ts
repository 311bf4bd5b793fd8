import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Peer } from "./assignment.ts";

// The servers behind every peer: nginx on several ports, and a sink that reads
// uploads to their end (nginx's `return` would answer before).

/** Ports of the three backends; their uploads go on to the sink. */
export const BACKEND_COUNT = 3;

const MEBIBYTE = 1_048_576;
const SINK = join(import.meta.dirname, "upload-sink.ts");

/** Backends at `port`, `port + 1`, …; the sink stands behind them. */
export const origin: Peer = {
  name: "origin",
  failuresMax: 0,
  prepare: ({ dir, port }) => {
    const files = join(dir, "files");
    mkdirSync(files, { recursive: true });
    writeFileSync(join(files, "small"), "x".repeat(512));
    writeFileSync(join(files, "large"), Buffer.alloc(MEBIBYTE, "x"));
    writeFileSync(join(dir, "nginx.conf"), configOf(dir, port));
    return [["nginx", "-q", "-c", join(dir, "nginx.conf"), "-e", join(dir, "error.log"), "-g", "daemon off;"]];
  },
};

/** Backends that read uploads, at `port`, `port + 1`, … */
export const sink: Peer = {
  name: "sink",
  failuresMax: 0,
  prepare: ({ port }) => [[process.execPath, SINK, ...ports(port).map(String)]],
};

export function addressesAt(port: number): string[] {
  return ports(port).map((each) => `127.0.0.1:${each}`);
}

function ports(first: number): number[] {
  return Array.from({ length: BACKEND_COUNT }, (_, index) => first + index);
}

function configOf(dir: string, port: number): string {
  return `worker_processes 1;
user root;
pid ${join(dir, "nginx.pid")};
events { worker_connections 15000; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=10;
  keepalive_requests 100000000;
  keepalive_timeout 60s;
  default_type text/html;
  server {
    ${ports(port)
      .map((each) => `listen 127.0.0.1:${each} backlog=4096;`)
      .join(" ")}
    root ${join(dir, "files")};
    add_header Set-Cookie "id=3f2a9c1d7e; Path=/; HttpOnly";
    add_header Cache-Control "private, max-age=60";
  }
}
`;
}
