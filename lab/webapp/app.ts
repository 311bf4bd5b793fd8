import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { hostname } from "node:os";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

/** More than any test asks for; a typing mistake must not fill the memory. */
const REPLY_BYTES_MAX = 1 << 30;
const DELAY_MS_MAX = 600_000;
const CHUNK = Buffer.alloc(64 * 1024, "lbpair ");

/**
 * An app behind the balancer whose replies show what it received.
 *
 * Any path answers JSON: app, method, path, headers in order as name-value pairs, bodyBytes. `/cookie` sets a cookie,
 * `/redirect?to=…&status=…` redirects. Query of any path: `delayMs`, `bytes` (a body of that length), `status`.
 * Through a WebSocket's connection it sends back every octet.
 */
export function startWebApp(options: { readonly port: number; readonly host?: string }): Server {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error));
  });
  // A balancer keeps connections longer than Node's five seconds.
  server.keepAliveTimeout = 75_000;
  server.on("upgrade", (_, socket) => echo(socket));
  return server.listen(options.port, options.host);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://app");
  const bodyBytes = await countBody(request);
  const delayMs = numberOf(url, "delayMs", 0, DELAY_MS_MAX);
  if (delayMs > 0) await delay(delayMs);
  const status = numberOf(url, "status", 200, 599);
  if (url.pathname === "/redirect") return redirect(url, response);
  if (url.pathname === "/cookie")
    response.setHeader("Set-Cookie", ["session=s1; Path=/; HttpOnly", "theme=dark; Path=/"]);
  if (url.searchParams.has("bytes")) return sendBytes(response, status, numberOf(url, "bytes", 0, REPLY_BYTES_MAX));
  response.writeHead(status, { "Content-Type": "application/json", "X-App": hostname() });
  response.end(`${JSON.stringify(received(request, bodyBytes), undefined, 2)}\n`);
}

function echo(socket: Duplex): void {
  socket.on("error", () => socket.destroy());
  socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  socket.pipe(socket);
}

function received(request: IncomingMessage, bodyBytes: number): object {
  const { rawHeaders, socket } = request;
  const headers = rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1]]] : []));
  return {
    ...{ app: hostname(), method: request.method, path: request.url, httpVersion: request.httpVersion },
    ...{ headers, bodyBytes, peer: { address: socket.remoteAddress, port: socket.remotePort } },
  };
}

/** `to` as given: absolute or relative, so that a test decides what the balancer has to rewrite. */
function redirect(url: URL, response: ServerResponse): void {
  const status = url.searchParams.has("status") ? numberOf(url, "status", 302, 399) : 302;
  response.writeHead(status, { Location: url.searchParams.get("to") ?? "/" });
  response.end();
}

async function sendBytes(response: ServerResponse, status: number, bytes: number): Promise<void> {
  response.writeHead(status, { "Content-Type": "application/octet-stream", "Content-Length": bytes });
  for (let left = bytes; left > 0; left -= CHUNK.length) {
    const isRoomLeft = response.write(left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left));
    if (!isRoomLeft) await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
    if (response.destroyed) return;
  }
  response.end();
}

async function countBody(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of request) bytes += (chunk as Buffer).length;
  return bytes;
}

function numberOf(url: URL, name: string, preset: number, max: number): number {
  const value = Number(url.searchParams.get(name) ?? preset);
  return Number.isInteger(value) && value >= 0 ? Math.min(value, max) : preset;
}
