// Routing, persistence and rewriting around npm's http-proxy, as its README would have it done.

import { readFileSync } from "node:fs";
import { Agent, createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import httpProxy from "http-proxy";
import type { Assignment, BenchApp } from "../assignment.ts";

const assignment = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Assignment;
const apps = new Map(assignment.apps.map((app) => [app.prefix, app]));
const chosen = new WeakMap<IncomingMessage, { app: BenchApp; inserted: string | undefined }>();
const proxy = httpProxy.createProxyServer({ agent: new Agent({ keepAlive: true, maxSockets: 256 }), xfwd: true });
let turn = 0;

proxy.on("proxyRes", (response, request) => {
  const choice = chosen.get(request);
  const cookies = (response.headers["set-cookie"] ?? []).map((cookie) =>
    cookie.replace(/(; *path=)\//i, `$1${choice?.app.prefix}`),
  );
  if (choice?.inserted !== undefined)
    cookies.push(`${choice.app.cookieName}=${choice.inserted}; path=/; HttpOnly; SameSite=Lax`);
  if (cookies.length > 0) response.headers["set-cookie"] = cookies;
  if (response.headers.location?.startsWith("/")) {
    response.headers.location = choice?.app.prefix + response.headers.location.slice(1);
  }
});
proxy.on("error", (_, __, response) => response.destroy());

const serve: RequestListener = (request, response) => {
  const url = request.url ?? "/";
  const app = apps.get(url.slice(0, url.indexOf("/", 1) + 1));
  if (app === undefined) {
    response.writeHead(404).end();
    return;
  }
  const value = new RegExp(`(?:^|; *)${app.cookieName}=([^;]*)`).exec(request.headers.cookie ?? "")?.[1];
  const bound = app.backends.find(({ name }) => name === value);
  const backend = bound ?? app.backends[turn++ % app.backends.length];
  chosen.set(request, { app, inserted: bound === undefined ? backend?.name : undefined });
  request.url = url.slice(app.prefix.length - 1);
  proxy.web(request, response, { target: `http://${backend?.address}` });
};

const pem = readFileSync(assignment.pemPath);
const server = assignment.isTls ? createTlsServer({ cert: pem, key: pem }, serve) : createServer(serve);
server.listen(assignment.port, "127.0.0.1", 4096);
