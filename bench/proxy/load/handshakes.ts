import { connect, type TLSSocket } from "node:tls";
import { BROWSER_FIELDS, cookiesOf, type Load, type Target } from "./load.ts";

/** Connections being made at once. */
const SLOTS = 16;

/**
 * The key exchange that all peers know. Offered its own list, the client would agree on X25519MLKEM768 with those that
 * know that too, Bun's and Node's TLS among them, and on X25519 with OpenSSL 3.0's: not the same work.
 */
const KEY_EXCHANGE = "X25519";

/** One request per new TLS 1.3 connection; wrk keeps its connections, so this client is our own. */
export function handshakeLoad(kind: "full" | "resumed"): Load {
  return async (target, seconds) => {
    const startedMs = performance.now();
    const endMs = startedMs + seconds * 1_000;
    const counts = { requests: 0, errors: 0, resumed: 0 };
    await Promise.all(Array.from({ length: SLOTS }, () => oneAfterTheOther(target, kind, endMs, counts)));
    // A peer that does not resume would be measured doing something else.
    if (kind === "resumed" && counts.resumed < counts.requests - 2 * SLOTS) {
      throw new Error(`handshakes: ${counts.resumed} of ${counts.requests} connections were resumed`);
    }
    const { requests, errors } = counts;
    return { requests, errors, seconds: (performance.now() - startedMs) / 1_000 };
  };
}

type Counts = { requests: number; errors: number; resumed: number };

async function oneAfterTheOther(target: Target, kind: "full" | "resumed", endMs: number, counts: Counts) {
  let session: Buffer | undefined;
  while (performance.now() < endMs) {
    const outcome = await askOnce(target.port, kind === "resumed" ? session : undefined);
    session = outcome.session ?? session;
    counts.requests++;
    if (outcome.isResumed) counts.resumed++;
    if (!outcome.text.startsWith("HTTP/1.1 200 ")) counts.errors++;
  }
}

const FIELDS = [...BROWSER_FIELDS, ["Cookie", cookiesOf("app1", "b1")] as const, ["Connection", "close"] as const];
const REQUEST = `GET /app1/small HTTP/1.1\r\n${FIELDS.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;

type Outcome = { readonly text: string; readonly isResumed: boolean; readonly session: Buffer | undefined };

function askOnce(port: number, session: Buffer | undefined): Promise<Outcome> {
  return new Promise((resolve) => {
    let text = "";
    let latest: Buffer | undefined;
    let isResumed = false;
    const socket: TLSSocket = connect(
      {
        host: "127.0.0.1",
        port,
        servername: "example.com",
        rejectUnauthorized: false,
        minVersion: "TLSv1.3",
        ecdhCurve: KEY_EXCHANGE,
        ALPNProtocols: ["http/1.1"],
        ...(session === undefined ? {} : { session }),
      },
      () => {
        isResumed = socket.isSessionReused();
        socket.write(REQUEST);
      },
    );
    socket.setEncoding("latin1");
    socket.on("session", (ticket) => {
      latest = ticket;
    });
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", () => socket.destroy());
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve({ text, isResumed, session: latest }));
  });
}
