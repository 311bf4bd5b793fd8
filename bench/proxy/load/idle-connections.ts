import { setTimeout as sleep } from "node:timers/promises";
import { connect, type TLSSocket } from "node:tls";
import type { Target } from "./load.ts";

/** Handshakes under way at once. */
const STEP = 50;
const SETTLE_MS = 2_000;

/**
 * Opens TLS connections that have each asked once and are now silent.
 *
 * @returns how to close them
 */
export function idleConnections(count: number): (target: Target) => Promise<() => void> {
  return async ({ port }) => {
    const sockets: TLSSocket[] = [];
    while (sockets.length < count) {
      sockets.push(...(await Promise.all(Array.from({ length: STEP }, () => openOne(port)))));
    }
    await sleep(SETTLE_MS);
    return () => {
      for (const socket of sockets) socket.destroy();
    };
  };
}

function openOne(port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, servername: "example.com", rejectUnauthorized: false }, () =>
      socket.write("GET /app1/small HTTP/1.1\r\nHost: example.com\r\n\r\n"),
    );
    socket.once("data", () => resolve(socket));
    socket.once("error", reject);
    socket.on("error", () => socket.destroy());
  });
}
