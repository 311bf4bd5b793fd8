import type { Socket } from "node:net";
import type { Network } from "../wire/address.ts";
import { ClientHelloDecoder } from "../wire/client-hello.ts";
import { decodeProxyHeader, type Endpoint } from "../wire/proxy-protocol.ts";
import type { Deadlines, Timed } from "./deadlines.ts";

/** What is read of a connection before it is anyone's. */
export type Preface = {
  /** Proxies in front that say first who the client is; undefined: nobody does. */
  readonly proxies: readonly Network[] | undefined;
  /** The name in the hello decides who ends TLS. */
  readonly hasServerName: boolean;
};

/** What a preface has told. */
export type Arrived = {
  /** The client, if a proxy in front has named one. */
  readonly source: Endpoint | undefined;
  /** Undefined also where the hello can't be read: that is for TLS to answer. */
  readonly serverName: string | undefined;
};

/** How a connection goes on. */
export type ArrivalEvents = {
  /** Everything but the proxy's header has been put back, for the next to read. */
  readonly onArrived: (arrival: Arrival, arrived: Arrived) => void;
  /** It is closed, or was because it said something else or nothing in time. */
  readonly onGone: (arrival: Arrival, why: "closed" | "unreadable") => void;
};

/** A connection whose first octets decide whose it is. They are only looked at: both runtimes take them back. */
export class Arrival implements Timed {
  readonly deadlineMs: number;
  readonly socket: Socket;
  readonly #deadlines: Deadlines;
  readonly #events: ArrivalEvents;
  readonly #hello: ClientHelloDecoder | undefined;
  #isHeaderDue: boolean;
  #source: Endpoint | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  readonly #onData = (bytes: Buffer) => this.#read(bytes);
  readonly #onEnd = () => this.destroy();

  constructor(socket: Socket, preface: Preface, deadlines: Deadlines, patienceMs: number, events: ArrivalEvents) {
    this.socket = socket;
    this.#deadlines = deadlines;
    this.#events = events;
    this.#isHeaderDue = preface.proxies !== undefined;
    this.#hello = preface.hasServerName ? new ClientHelloDecoder() : undefined;
    this.deadlineMs = deadlines.after(patienceMs);
    deadlines.add(this);
    socket.on("data", this.#onData);
    for (const event of ["end", "error", "close"]) socket.on(event, this.#onEnd);
  }

  onDeadline(): void {
    this.destroy();
  }

  destroy(why: "closed" | "unreadable" = "closed"): void {
    this.#leave();
    this.socket.on("error", () => undefined); // what is still under way on it concerns nobody
    this.socket.destroy();
    this.#events.onGone(this, why);
  }

  #read(bytes: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    if (!this.#isHeaderDue) {
      this.#readHello(bytes);
      return;
    }
    const header = decodeProxyHeader(this.#bytes);
    if (header.kind === "needMore") return;
    if (header.kind === "unreadable") {
      this.destroy("unreadable");
      return;
    }
    this.#isHeaderDue = false;
    this.#source = header.source;
    this.#bytes = this.#bytes.subarray(header.length);
    this.#readHello(this.#bytes);
  }

  #readHello(bytes: Buffer): void {
    const step = this.#hello?.push(bytes);
    if (step?.kind === "needMore") return;
    this.#leave();
    this.socket.pause();
    if (this.#bytes.length > 0) this.socket.unshift(this.#bytes);
    const serverName = step?.kind === "hello" ? step.serverName : undefined;
    this.#events.onArrived(this, { source: this.#source, serverName });
  }

  #leave(): void {
    this.#deadlines.delete(this);
    this.socket.off("data", this.#onData);
    for (const event of ["end", "error", "close"]) this.socket.off(event, this.#onEnd);
  }
}
