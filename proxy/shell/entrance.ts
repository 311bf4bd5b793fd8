import type { Socket } from "node:net";
import type { Session, SessionsResult } from "../../config/sessions.ts";
import { Admission } from "../core/admission.ts";
import type { BackendState } from "../core/backend.ts";
import { isTrusted, type Peer } from "../core/client.ts";
import { clientCertificateLines } from "../core/client-certificate.ts";
import { buildPassage } from "../core/passage.ts";
import { selectPassthrough } from "../core/passthrough.ts";
import type { SharedCounts } from "../core/shared-counts.ts";
import type { Ending } from "../core/termination.ts";
import { Arrival, type Arrived } from "./arrival.ts";
import { DownstreamConnection } from "./downstream.ts";
import type { Introduction, Listener } from "./listener.ts";
import type { SessionFilter, SessionView } from "./session-view.ts";
import type { Site } from "./site.ts";
import type { Origin } from "./streams.ts";
import { Tunnel } from "./tunnel.ts";

/** A client's connection that has been let in. */
type Guest = {
  readonly peer: Peer;
  readonly origin: Origin;
  drain(): void;
  destroy(): void;
  view(): SessionView;
  /** Ends what is under way at a backend; false: nothing is. */
  endAt(backend: BackendState, ending: Ending): boolean;
};

/** Lets clients' connections in, as long as the limits allow, to what they are for. */
export class Entrance {
  readonly #site: Site;
  /** With the time at which each came in, ms, monotonic. */
  readonly #guests = new Map<Guest, number>();
  readonly #arrivals = new Set<Arrival>();
  readonly #admission = new Admission();
  #isClosed = false;

  constructor(site: Site) {
    this.#site = site;
  }

  /** Connections that have been let in. */
  get count(): number {
    return this.#guests.size;
  }

  /** Limits hold for all workers together from now on. */
  share(counts: SharedCounts): void {
    this.#admission.share(counts);
  }

  /** A connection of which something is to be read before it is anyone's. */
  arrive(socket: Socket, listener: Listener): void {
    const { table, deadlines } = this.#site;
    const { preface, origin } = listener.place;
    const isForeign = preface?.proxies !== undefined && !isTrusted(addressOf(socket), preface.proxies);
    if (isForeign) origin.traffic.denied++;
    if (preface === undefined || isForeign || !this.#takesSeat()) {
      socket.destroy();
      return;
    }
    this.#arrivals.add(
      new Arrival(socket, preface, deadlines, table.proxy.timeouts.tlsHandshakeMs, {
        onGone: (arrival, why) => {
          this.#leave(arrival);
          if (why === "unreadable") origin.traffic.requestErrors++;
        },
        onArrived: (arrival, arrived) => {
          this.#leave(arrival);
          this.#onArrived(socket, listener, arrived);
        },
      }),
    );
  }

  /** A connection that speaks HTTP from here on. */
  admit(socket: Socket, origin: Origin, introduction: Introduction): void {
    const peer = this.#peerOf(socket, origin, introduction);
    if (peer !== undefined)
      this.#welcome(new DownstreamConnection(this.#site, socket, peer, origin, (gone) => this.#forget(gone)));
  }

  /** Silent connections end now, others after what is under way. */
  drain(): void {
    for (const guest of [...this.#guests.keys()]) guest.drain();
  }

  /** Who is here, as far as it is asked for. */
  sessions({ app, backend, max }: SessionFilter): SessionsResult {
    const sessions: Session[] = [];
    let total = 0;
    const nowMs = this.#site.clock.read();
    for (const [guest, sinceMs] of this.#guests) {
      const { client, ...view } = guest.view();
      if ((app !== undefined && view.app !== app) || (backend !== undefined && view.backend !== backend)) continue;
      total++;
      if (sessions.length >= max) continue;
      const { address, port } = guest.peer;
      const ageMs = Math.round(nowMs - sinceMs);
      sessions.push({ client: `${client ?? address}:${port}`, listener: guest.origin.listenerName, ageMs, ...view });
    }
    return { sessions, total };
  }

  /** Ends the requests and tunnels that are under way at a backend; how many there were. */
  endAt(backend: BackendState, ending: Ending): number {
    return [...this.#guests.keys()].filter((guest) => guest.endAt(backend, ending)).length;
  }

  /** Ends everything, and whatever still comes. */
  close(): void {
    this.#isClosed = true;
    for (const guest of [...this.#guests.keys(), ...this.#arrivals]) guest.destroy();
  }

  #onArrived(socket: Socket, listener: Listener, { source, serverName }: Arrived): void {
    const { passthroughs } = this.#site.table;
    const app =
      passthroughs === undefined || serverName === undefined ? undefined : selectPassthrough(passthroughs, serverName);
    if (app === undefined || serverName === undefined) {
      listener.handOn(socket, source);
      return;
    }
    const { origin } = listener.place;
    const peer = this.#peerOf(socket, origin, { source, certificate: undefined });
    if (peer === undefined) return;
    const passage = buildPassage(app, serverName, peer);
    const tunnel = new Tunnel(this.#site, socket, passage, peer, origin, (gone) => this.#forget(gone));
    this.#welcome(tunnel);
    tunnel.start();
  }

  /** The other end of a connection; undefined: a limit has turned it away. */
  #peerOf(socket: Socket, origin: Origin, { source, certificate }: Introduction): Peer | undefined {
    const { trusted, proxy } = this.#site.table;
    // While draining, those still come that were accepted before: a handshake takes its time.
    if (!this.#takesSeat()) {
      socket.destroy();
      return undefined;
    }
    socket.setNoDelay(true);
    const address = source?.address ?? addressOf(socket);
    const isTrustedPeer = isTrusted(address, trusted);
    if (!this.#admission.admits(address, isTrustedPeer ? undefined : proxy.limits.connectionsPerAddressMax)) {
      this.#admission.leaveSeat();
      origin.traffic.denied++;
      socket.destroy();
      return undefined;
    }
    const isTold = proxy.tls.clientCertificates?.forwardSubject === true;
    return {
      address,
      port: source?.port ?? socket.remotePort ?? 0,
      isTrusted: isTrustedPeer,
      subject: certificate?.subject,
      certificateLines: isTold ? clientCertificateLines(certificate) : "",
      last: undefined,
    };
  }

  #welcome(guest: Guest): void {
    this.#guests.set(guest, this.#site.clock.nowMs);
  }

  #takesSeat(): boolean {
    return !this.#isClosed && this.#admission.takeSeat(this.#site.table.proxy.limits.connectionsMax);
  }

  #leave(arrival: Arrival): void {
    if (this.#arrivals.delete(arrival)) this.#admission.leaveSeat();
  }

  #forget(guest: Guest): void {
    this.#guests.delete(guest);
    this.#admission.leaveSeat();
    this.#admission.leave(guest.peer.address);
  }
}

/** Address of a connection's other end; a socket for both families writes those of IPv4 as IPv6. */
export function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
}
