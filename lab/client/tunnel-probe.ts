import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";

// A client that holds WebSockets' connections open to a backend that echoes, and says of every round trip when it began
// and when it ended; of a connection that ends before ours do, how. Started in the client's namespace; runs until its
// standard input ends.
//
//   {"startMs":1200.1,"endMs":1203.4,"endWallMs":1795384000203.4,"result":"echo 2"}

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "" },
    address: { type: "string", default: "" },
    ca: { type: "string", default: "" },
    count: { type: "string", default: "1" },
    "interval-ms": { type: "string", default: "20" },
  },
});

const url = new URL(values.url);
const ca = readFileSync(values.ca);
const HANDSHAKE = {
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
};
let isOver = false;

/** @returns the connection behind a handshake that the backend accepted */
async function openTunnel(): Promise<Duplex> {
  const to = { host: values.address, port: 443, path: url.pathname, servername: url.hostname, ca, agent: false };
  const asked = request({ ...to, headers: { Host: url.host, ...HANDSHAKE } }).end();
  const refused = once(asked, "response").then(([{ statusCode }]) => {
    throw new Error(`answered ${statusCode}`);
  });
  const [, socket] = (await Promise.race([once(asked, "upgrade"), refused])) as [unknown, Duplex];
  return socket;
}

/** One word there and back after the other, for as long as it lasts. */
async function talk(tunnel: number): Promise<void> {
  const socket = await openTunnel();
  const ended = once(socket, "close").then(() => {
    throw new Error("closed");
  });
  while (!isOver) {
    const startMs = performance.now();
    const word = `${tunnel} at ${startMs}\n`;
    socket.write(word);
    let text = "";
    while (text.length < word.length) {
      const [bytes] = (await Promise.race([once(socket, "data"), ended])) as [Buffer];
      text += bytes.toString();
    }
    tell(startMs, text === word ? `echo ${tunnel}` : `tunnel ${tunnel}: got ${JSON.stringify(text)}`);
    await delay(Number(values["interval-ms"]));
  }
  ended.catch(() => undefined);
  socket.end();
}

function tell(startMs: number, result: string): void {
  const endMs = performance.now();
  process.stdout.write(`${JSON.stringify({ startMs, endMs, endWallMs: performance.timeOrigin + endMs, result })}\n`);
}

process.stdin.on("end", () => {
  isOver = true;
});
process.stdin.resume();
for (let tunnel = 0; tunnel < Number(values.count); tunnel++)
  talk(tunnel).catch((error: Error) => tell(performance.now(), `tunnel ${tunnel}: ${error.message}`));
