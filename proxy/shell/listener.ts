import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import type { ProxyConfig } from "../../config/proxy.ts";
import type { ClientCertificate } from "../core/client-certificate.ts";
import type { Service } from "../core/decide.ts";
import { countHandshakeFault, type HandshakeFault, handshakeFault } from "../core/handshake.ts";
import type { Traffic } from "../core/traffic.ts";
import { decodeNetwork } from "../wire/address.ts";
import type { Endpoint } from "../wire/proxy-protocol.ts";
import type { Preface } from "./arrival.ts";
import type { CertificateStore } from "./certificates.ts";
import { type ClientPolicy, clientCertificateOf, clientPolicyOf, verificationOf } from "./client-policy.ts";
import type { Configuration } from "./config-dir.ts";
import type { Origin } from "./streams.ts";
import { Tickets } from "./tickets.ts";

/** One place to listen at, and what is served there. */
export type Place = {
  readonly origin: Origin;
  readonly address: string | undefined;
  readonly port: number;
  readonly isTls: boolean;
  /** How long a client may take for its TLS handshake. The runtime takes no other time for a server that it has. */
  readonly handshakeMs: number;
  /** Undefined: nobody need look at a connection before TLS or HTTP does, and nobody pays for it. */
  readonly preface: Preface | undefined;
  /** Undefined: clients are not asked for a certificate. */
  readonly policy: ClientPolicy | undefined;
};

/** All places of a configuration, the stats page's included. */
export function placesOf(
  { proxy, apps }: Pick<Configuration, "proxy" | "apps">,
  trafficOf: (listenerName: string) => Traffic,
): Place[] {
  const hasPassthrough = apps.some(({ passthrough }) => passthrough !== undefined);
  const policy = clientPolicyOf(proxy.tls);
  const places: Place[] = Object.entries(proxy.listeners).map(
    ([name, { kind, address, port, status, proxyProtocol }]) => ({
      origin: {
        listenerName: name,
        traffic: trafficOf(name),
        service: kind === "redirect" ? { kind, status } : { kind: "apps", scheme: kind },
      },
      address,
      port,
      isTls: kind === "https",
      handshakeMs: proxy.timeouts.tlsHandshakeMs,
      preface: prefaceOf(proxyProtocol, kind === "https" && hasPassthrough),
      policy: kind === "https" ? policy : undefined,
    }),
  );
  if (proxy.stats !== undefined) {
    const service: Service = { kind: "stats" };
    const origin = { listenerName: STATS_LISTENER, service, traffic: trafficOf(STATS_LISTENER) };
    const { port } = proxy.stats;
    const { tlsHandshakeMs: handshakeMs } = proxy.timeouts;
    places.push({ origin, address: undefined, port, isTls: false, handshakeMs, preface: undefined, policy: undefined });
  }
  return places;
}

function prefaceOf(proxies: readonly string[] | undefined, hasServerName: boolean): Preface | undefined {
  if (proxies === undefined && !hasServerName) return undefined;
  return { hasServerName, proxies: proxies?.flatMap((text) => decodeNetwork(text) ?? []) };
}

/** Name of the stats page's listener in logs and counts; no configured one can have the space. */
const STATS_LISTENER = "stats page";

/** Which of a daemon's places a worker serves: one of several workers leaves the stats page to the daemon's own. */
export type Role = "all" | "apps" | "stats";

export function placesFor(role: Role, places: readonly Place[]): Place[] {
  return places.filter(({ origin }) => role === "all" || (role === "stats") === (origin.service.kind === "stats"));
}

/** Two places with the same key can share one listener across a reload. */
export function placeKey({ address, port, isTls, handshakeMs, preface, policy }: Place): string {
  const asking = policy === undefined ? "" : ` ${policy.key}`;
  return `${isTls ? `tls ${handshakeMs}` : "tcp"}${preface === undefined ? "" : "-preface"} ${address ?? "*"} ${port}${asking}`;
}

export type TlsSettings = Pick<ProxyConfig["tls"], "versionMin">;

/** Connections the kernel holds for us while we are busy. */
export const BACKLOG = 4096;

/** What is known of a client beyond its connection. */
export type Introduction = {
  /** The client, where a proxy in front has named one. */
  readonly source: Endpoint | undefined;
  readonly certificate: ClientCertificate | undefined;
};

/** What becomes of a listener's connections. */
export type Doorkeeper = {
  /** One that speaks HTTP from here on. */
  readonly onConnection: (socket: Socket, origin: Origin, introduction: Introduction) => void;
  /** One whose preface is to be read; {@link Listener.handOn} takes it back. */
  readonly onArrival: (socket: Socket, listener: Listener) => void;
  /** Why sessions of TLS that begin at the listener of this name are resumed here only. */
  readonly onLoneTickets: (listenerName: string, because: string) => void;
};

/** A listening socket. What it serves, and with which certificates, may change while it listens. */
export class Listener {
  place: Place;
  certificates: CertificateStore;
  readonly #server: Server;
  /** Ends TLS; the same as the server where nobody looks at connections before. */
  readonly #tls: TlsServer | undefined;
  readonly #doorkeeper: Doorkeeper;
  /** Clients that proxies in front have named, by connection, as long as TLS is not up. */
  readonly #sources = new Map<string, Endpoint>();
  readonly #tickets: Tickets | undefined;
  /** What its context was made of. */
  #contextKey = "";

  constructor(place: Place, certificates: CertificateStore, tls: TlsSettings, doorkeeper: Doorkeeper) {
    this.place = place;
    this.certificates = certificates;
    this.#doorkeeper = doorkeeper;
    this.#tls = place.isTls ? this.#createTls(tls) : undefined;
    this.#tickets = this.#tls && new Tickets(this.#tls, (because) => this.#lament(because));
    this.#server = place.preface === undefined && this.#tls !== undefined ? this.#tls : this.#createPlain();
    this.#server.on("error", () => undefined); // while listening: out of descriptors; accept goes on later
  }

  /**
   * @param socket  an open listening socket, which is the listener's from now on; undefined: it opens one
   * @returns the port, which the system has chosen if 0 was asked for
   */
  async listen({ address, port }: Place, socket: number | undefined): Promise<number> {
    await this.#tickets?.renew(this.certificates.first, this.place.policy);
    const host = address === undefined ? {} : { host: address };
    const where = socket === undefined ? { port, backlog: BACKLOG, ...host } : { fd: socket, backlog: BACKLOG };
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(where, () => {
        this.#server.off("error", reject);
        const bound = this.#server.address();
        resolve(typeof bound === "object" && bound !== null ? bound.port : port);
      });
    });
  }

  /** Serves something else from the next connection on. */
  change(place: Place, certificates: CertificateStore, tls: TlsSettings): void {
    this.place = place;
    this.certificates = certificates;
    // Another context has forgotten all sessions.
    if (this.#tls === undefined || this.#contextKey === contextKey(certificates, tls)) return;
    this.#tls.setSecureContext(this.#context(tls));
    void this.#tickets?.renew(certificates.first, place.policy);
  }

  /** Takes a connection on whose preface has been read: TLS, if it is spoken here, is next. */
  handOn(socket: Socket, source: Endpoint | undefined): void {
    if (this.#tls === undefined) {
      this.#doorkeeper.onConnection(socket, this.place.origin, { source, certificate: undefined });
      return;
    }
    const key = connectionKey(socket);
    if (source !== undefined) this.#sources.set(key, source);
    socket.on("close", () => this.#sources.delete(key));
    socket.on("error", () => undefined); // those of TLS say it
    this.#tls.emit("connection", socket);
  }

  /** Accepts nothing more; connections that stand are not touched. Resolves when the last of them has ended. */
  close(): Promise<void> {
    this.#tickets?.close();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #lament(because: string): void {
    this.#doorkeeper.onLoneTickets(this.place.origin.listenerName, because);
  }

  #createPlain(): Server {
    return createServer({ allowHalfOpen: true }, (socket) => {
      if (this.place.preface !== undefined) this.#doorkeeper.onArrival(socket, this);
      else this.#doorkeeper.onConnection(socket, this.place.origin, { source: undefined, certificate: undefined });
    });
  }

  #createTls(tls: TlsSettings): TlsServer {
    const server = createTlsServer(
      {
        ...this.#context(tls),
        allowHalfOpen: true,
        ALPNProtocols: ["http/1.1"],
        handshakeTimeout: this.place.handshakeMs,
        SNICallback: (name, done) => done(null, this.certificates.select(name)),
      },
      (socket) => this.#onSecure(socket),
    );
    server.on("tlsClientError", (error: NodeJS.ErrnoException, socket: TLSSocket) => {
      const isUntrusted = socket.authorizationError !== null && socket.authorizationError !== undefined;
      this.#countFault(handshakeFault(error.code, isUntrusted));
      socket.destroy();
    });
    return server;
  }

  #onSecure(socket: TLSSocket): void {
    const { policy, origin } = this.place;
    const certificate = policy === undefined ? undefined : clientCertificateOf(socket, Date.now());
    // TLS has refused whoever came without; a resumed session may have outlived its certificate.
    if (policy?.isRequired === true && certificate === undefined) {
      this.#countFault("noCertificate");
      socket.destroy();
      return;
    }
    // For a key the system is asked for addresses: not where no proxy in front names clients.
    const source = this.#sources.size === 0 ? undefined : this.#sources.get(connectionKey(socket));
    this.#doorkeeper.onConnection(socket, origin, { source, certificate });
  }

  #countFault(fault: HandshakeFault): void {
    countHandshakeFault(this.place.origin.traffic.handshakes, fault);
  }

  /** For clients that name no host we know. */
  #context(tls: TlsSettings) {
    this.#contextKey = contextKey(this.certificates, tls);
    const pem = this.certificates.first?.pem ?? "";
    return { cert: pem, key: pem, minVersion: tls.versionMin, ...verificationOf(this.place.policy) };
  }
}

function contextKey({ first }: CertificateStore, { versionMin }: TlsSettings): string {
  return `${versionMin} ${first?.pem}`;
}

/** What a connection over TCP and TLS on it have in common. */
function connectionKey({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
