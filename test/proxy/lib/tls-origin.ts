import { readFileSync } from "node:fs";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { decodeProxyHeader, type ProxyHeader } from "../../../proxy/wire/proxy-protocol.ts";

export const pem = (name: string) => readFileSync(new URL(`../data/${name}.pem`, import.meta.url), "utf8");

/** A backend that ends TLS itself, answers every octet by itself, and says who it is first. */
export class TlsOrigin {
  readonly name: string;
  /** Names that were asked for. */
  readonly names: string[] = [];
  /** What stood before TLS, of each connection. */
  readonly headers: ProxyHeader[] = [];
  readonly sockets: Socket[] = [];
  /** What it does with a connection that is up. */
  onSecure: (socket: TLSSocket) => void = (socket) => {
    socket.write(`${this.name}:`);
    socket.on("data", (bytes) => socket.write(bytes));
    socket.on("end", () => socket.end());
  };
  readonly #server: Server;
  readonly #hasHeader: boolean;
  #wake: (() => void) | undefined;

  private constructor(name: string, hasHeader: boolean) {
    this.name = name;
    this.#hasHeader = hasHeader;
    this.#server = createTcpServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** @param hasHeader  whether the PROXY protocol is spoken before TLS */
  static async start(name: string, hasHeader = false): Promise<TlsOrigin> {
    const origin = new TlsOrigin(name, hasHeader);
    await new Promise<void>((resolve) => origin.#server.listen(0, "127.0.0.1", resolve));
    return origin;
  }

  get address(): string {
    const address = this.#server.address();
    return `127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  }

  /** Resolves when that many names have been asked for. */
  async seen(count: number): Promise<void> {
    while (this.names.length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accept(socket: Socket): void {
    this.sockets.push(socket);
    socket.on("error", () => socket.destroy());
    if (this.#hasHeader) socket.once("data", (bytes) => this.#takeHeader(socket, bytes));
    else this.#secure(socket);
  }

  #takeHeader(socket: Socket, bytes: Buffer): void {
    const header = decodeProxyHeader(bytes);
    this.headers.push(header);
    socket.pause();
    if (header.kind === "header") socket.unshift(bytes.subarray(header.length));
    this.#secure(socket);
  }

  #secure(socket: Socket): void {
    const secure = new TLSSocket(socket, {
      isServer: true,
      secureContext: createSecureContext({ cert: pem("a"), key: pem("a") }),
      SNICallback: (name, done) => {
        this.names.push(name);
        this.#wake?.();
        done(null);
      },
    });
    secure.on("error", () => socket.destroy());
    secure.once("secure", () => this.onSecure(secure));
  }
}
