import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

/** A backend that answers each request with its path, and echoes what comes through a WebSocket's connection. */
export class EchoOrigin {
  readonly #server: Server;
  readonly #tunnels = new Set<Duplex>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("upgrade", (_, socket) => this.#echo(socket));
  }

  static async start(): Promise<EchoOrigin> {
    const server = createServer((request, response) => {
      request.resume();
      request.on("end", () => response.end(request.url));
    });
    const origin = new EchoOrigin(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", 4_096, resolve));
    return origin;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#tunnels) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #echo(socket: Duplex): void {
    this.#tunnels.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#tunnels.delete(socket));
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    socket.pipe(socket);
  }
}
