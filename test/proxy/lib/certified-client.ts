import { readFileSync } from "node:fs";
import { connect } from "node:tls";

export const pem = (name: string) => readFileSync(new URL(`../data/${name}.pem`, import.meta.url), "utf8");

export type Version = "TLSv1.2" | "TLSv1.3";

/** Names of files with certificate and key; `alice` and `expired` are of the authority `client-ca`, `carol` and `revoked` of `revoking-ca`. */
export type Certified = "client-alice" | "client-expired" | "client-stranger" | "client-carol" | "client-revoked";

/** What came of one request on a connection of its own. */
export type Asked = {
  /** Empty: the connection ended without a response. */
  readonly response: string;
  readonly isReused: boolean;
  readonly session: Buffer | undefined;
};

type Asking = {
  readonly port: number;
  readonly version?: Version;
  readonly servername?: string;
  readonly certificate?: Certified | undefined;
  readonly session?: Buffer | undefined;
  /** Field lines beyond Host. */
  readonly lines?: string;
};

/** Asks for /app1/ with a certificate or without, and reads until the connection ends. */
export function ask(asking: Asking): Promise<Asked> {
  const { port, version = "TLSv1.3", servername = "a.example", certificate, session, lines = "" } = asking;
  const own = certificate === undefined ? {} : { cert: pem(certificate), key: pem(certificate) };
  return new Promise((resolve) => {
    let response = "";
    let isReused = false;
    let ticket: Buffer | undefined;
    const socket = connect({
      ...{ port, host: "127.0.0.1", servername, rejectUnauthorized: false },
      ...{ minVersion: version, maxVersion: version },
      ...(session === undefined ? {} : { session }),
      ...own,
    });
    socket.on("secureConnect", () => {
      isReused = socket.isSessionReused();
      socket.write(`GET /app1/ HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n${lines}\r\n`);
    });
    socket.on("session", (bytes: Buffer) => {
      ticket = bytes;
    });
    socket.on("data", (bytes: Buffer) => {
      response += bytes.toString("latin1");
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve({ response, isReused, session: ticket }));
  });
}
