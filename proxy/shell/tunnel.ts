import type { Socket } from "node:net";
import type { BackendState } from "../core/backend.ts";
import type { Peer } from "../core/client.ts";
import type { Failure } from "../core/failure.ts";
import type { Passage } from "../core/passage.ts";
import { countRequest } from "../core/retry.ts";
import type { Ending, Stage } from "../core/termination.ts";
import { beginSession, endSession } from "../core/traffic.ts";
import { UNKNOWN_LENGTH } from "../wire/message.ts";
import { encodeProxyHeader } from "../wire/proxy-protocol.ts";
import { Attempts } from "./attempts.ts";
import type { Timed } from "./deadlines.ts";
import { DirectReader } from "./direct-read.ts";
import type { SessionView } from "./session-view.ts";
import type { Site } from "./site.ts";
import type { BackendEvents, Origin } from "./streams.ts";
import { recordTunnel } from "./tunnel-end.ts";

/** What may come of a client before there is a backend for it; it has said hello, and is owed an answer first. */
const EARLY_BYTES_MAX = 65_536;
const COMPLETE: Ending = { kind: "complete" };

/** One client's connection to a passthrough app: its octets go to a backend and back as they are. */
export class Tunnel implements BackendEvents, Timed {
  /** Infinite while a backend is chosen and connected: that has times of its own. */
  deadlineMs = Number.POSITIVE_INFINITY;
  readonly peer: Peer;
  readonly origin: Origin;
  readonly #site: Site;
  readonly #socket: Socket;
  readonly #passage: Passage;
  readonly #attempts: Attempts;
  readonly #onGone: (tunnel: Tunnel) => void;
  readonly #reader: DirectReader;
  readonly #startedMs: number;
  /** What the client has said before there was a backend. */
  #early: Buffer[] = [];
  #stage: Stage = "connect";
  #connectedMs = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  #hasClientEnded = false;
  #hasBackendEnded = false;
  #isOver = false;

  /**
   * To be started once it is known to whom it belongs.
   *
   * @param socket  its first octets, the hello, have been put back
   * @param onGone  called once, when the connection is no more
   */
  constructor(
    site: Site,
    socket: Socket,
    passage: Passage,
    peer: Peer,
    origin: Origin,
    onGone: (tunnel: Tunnel) => void,
  ) {
    this.#site = site;
    this.#socket = socket;
    this.#passage = passage;
    this.peer = peer;
    this.origin = origin;
    this.#onGone = onGone;
    this.#attempts = new Attempts(site, UNKNOWN_LENGTH);
    this.#startedMs = site.clock.read();
    site.deadlines.add(this);
    beginSession(origin.traffic, this.#startedMs);
    beginSession(passage.app.traffic, this.#startedMs);
    countRequest(passage.app.retryBudget, this.#startedMs);
    socket.on("drain", () => this.#attempts.stream?.resume());
    socket.on("end", () => this.#onClientEnd());
    socket.on("error", () => this.#onClientGone());
    socket.on("close", () => this.#onClientGone());
    this.#reader = new DirectReader(socket, (bytes) => this.#onClientData(bytes));
  }

  start(): void {
    this.#attempts.begin(this.#passage, undefined, this);
  }

  /** A stopping daemon lets it live for as long as it may itself. */
  drain(): void {}

  destroy(): void {
    this.#onClientGone();
  }

  view(): SessionView {
    const { isWaiting, backend } = this.#attempts;
    return {
      kind: "passthrough",
      app: this.#passage.app.name,
      backend: backend?.name,
      stage: isWaiting ? "queue" : this.#stage,
      asked: this.#passage.serverName,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
    };
  }

  endAt(backend: BackendState, ending: Ending): boolean {
    if (this.#attempts.stream === undefined || this.#attempts.backend?.state !== backend) return false;
    this.#end(ending);
    return true;
  }

  onDeadline(): void {
    const isEnding = this.#hasClientEnded || this.#hasBackendEnded;
    const isBackendSilent = this.#bytesOut === 0 || this.#attempts.stream?.flush() === false;
    if (isEnding) this.#end(COMPLETE);
    else this.#end({ kind: isBackendSilent ? "backendTimedOut" : "clientTimedOut" });
  }

  onBackendReady(): void {
    const { stream } = this.#attempts;
    if (stream === undefined) return;
    const { app } = this.#passage;
    this.#connectedMs = this.#site.clock.nowMs;
    this.#stage = "data";
    if (app.passthrough?.hasProxyHeader === true) this.#send(Buffer.from(this.#proxyHeader()));
    for (const bytes of this.#early.splice(0)) this.#send(bytes);
    this.deadlineMs = this.#site.deadlines.after(app.limits.serverMs);
    if (stream.flush()) this.#reader.resume();
  }

  onResponseBody(bytes: Buffer): void {
    this.#bytesOut += bytes.length;
    this.#socket.write(bytes);
    this.#await();
  }

  onResponseFlush(): void {
    if (this.#socket.writableNeedDrain) this.#attempts.stream?.pause();
  }

  onBackendDrain(): void {
    this.#reader.resume();
    this.#await();
  }

  onResponseEnd(): void {
    this.#hasBackendEnded = true;
    this.#socket.end(() => {
      if (this.#hasClientEnded) this.#end(COMPLETE);
      else this.#await();
    });
    this.#await();
  }

  onBackendFailure(failure: Failure): void {
    if (this.#isOver) return;
    if (this.#hasBackendEnded) {
      this.#onBackendGone();
      return;
    }
    const next = this.#attempts.fail(failure, this.#passage, this.#stage === "connect");
    if (next.kind === "retryElsewhere") this.#attempts.begin(this.#passage, undefined, this);
    else this.#end({ kind: "failed", failure });
  }

  // Octets have no heads, and what they mean is between the two ends.
  onInformational(): void {}
  onResponseHead(): void {}
  onTunnel(): void {}

  #onClientData(bytes: Buffer): void {
    this.#site.clock.read();
    this.#bytesIn += bytes.length;
    if (this.#stage !== "data") {
      this.#early.push(bytes);
      if (this.#bytesIn > EARLY_BYTES_MAX) this.#reader.pause();
      return;
    }
    this.#send(bytes);
    if (this.#attempts.stream?.flush() === false) this.#reader.pause();
    if (this.#bytesOut > 0) this.#await();
  }

  #onClientEnd(): void {
    this.#site.clock.read();
    this.#hasClientEnded = true;
    if (this.#stage !== "data") {
      this.#onClientGone();
      return;
    }
    this.#attempts.stream?.endRequest();
    if (this.#hasBackendEnded && this.#socket.writableFinished) this.#end(COMPLETE);
    else this.#await();
  }

  /** It has said all that it had to say. It takes no more, mostly the good-bye of the client's TLS, and that cuts nothing short. */
  #onBackendGone(): void {
    this.#hasClientEnded = true;
    if (this.#socket.writableFinished) this.#end(COMPLETE);
  }

  #onClientGone(): void {
    if (this.#attempts.isWaiting) this.#stage = "queue";
    this.#end(this.#hasClientEnded && this.#hasBackendEnded ? COMPLETE : { kind: "clientClosed" });
  }

  #send(bytes: Buffer): void {
    this.#attempts.stream?.sendBody(bytes, 0, bytes.length);
  }

  #proxyHeader(): Uint8Array {
    const { localAddress = "", localPort = 0 } = this.#socket;
    return encodeProxyHeader(this.peer, { address: localAddress, port: localPort });
  }

  #await(): void {
    this.deadlineMs = this.#site.deadlines.after(this.#silenceMs());
  }

  /** How long whoever is waited for may say and take nothing. */
  #silenceMs(): number {
    const { proxy, serverFinMs } = this.#site.table;
    const { clientMs, clientFinMs } = proxy.timeouts;
    // What the backend said last may still be on its way to the client.
    if (this.#hasBackendEnded) return this.#socket.writableFinished ? clientFinMs : clientMs;
    return this.#hasClientEnded ? serverFinMs : this.#passage.app.tunnelMs;
  }

  #end(ending: Ending): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#site.deadlines.delete(this);
    recordTunnel(this.#site, {
      ending,
      stage: this.#stage,
      passage: this.#passage,
      attempts: this.#attempts,
      peer: this.peer,
      origin: this.origin,
      startedMs: this.#startedMs,
      connectedMs: this.#connectedMs,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
    });
    this.#attempts.abandon();
    this.#socket.destroy();
    endSession(this.#passage.app.traffic);
    endSession(this.origin.traffic);
    this.#onGone(this);
  }
}
