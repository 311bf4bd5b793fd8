import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext } from "node:tls";
import type { BackendTlsConfig } from "../../config/backend-tls.ts";

/** How a backend's connections are made: where to, and whether over TLS. */
export type BackendPlace = {
  readonly host: string;
  readonly port: number;
  readonly tls: BackendTls | undefined;
  /** What is said before anything else. */
  readonly preamble?: Uint8Array | undefined;
};

/** TLS towards the backends of an app, prepared once for all its connections. */
export type BackendTls = {
  readonly config: BackendTlsConfig;
  readonly context: SecureContext;
  /** What is to be spoken on it; nothing: whatever the backend likes. */
  readonly protocols: readonly string[];
};

/** @param clientPem  chain and key, for backends that ask for them */
export function prepareBackendTls(
  config: BackendTlsConfig | undefined,
  clientPem: string | undefined,
): BackendTls | undefined {
  if (config === undefined) return undefined;
  const { verify, caPem, versionMin } = config;
  const ca = verify === "ca" && caPem !== undefined ? { ca: caPem } : {};
  const own = clientPem === undefined ? {} : { cert: clientPem, key: clientPem };
  return { config, context: createSecureContext({ minVersion: versionMin, ...ca, ...own }), protocols: ["http/1.1"] };
}

/** TLS of which only the handshake matters: what a passthrough app's backend proves is for its clients to judge. */
export function prepareHandshake(serverName: string | undefined): BackendTls {
  const config = {
    verify: "none",
    versionMin: "TLSv1.2",
    clientCertificate: false,
    ...(serverName === undefined ? {} : { serverName }),
  } as const;
  return { config, context: createSecureContext({ minVersion: config.versionMin }), protocols: [] };
}

/**
 * Begins a connection to a backend.
 *
 * @param onReady  called when it can be written to: with TLS, when the backend has proved what it must
 */
export function openBackendSocket(place: BackendPlace, onReady: () => void): Socket {
  const { host, port, tls, preamble } = place;
  if (tls === undefined) {
    const socket = openPlain(place);
    socket.on("connect", onReady);
    return socket;
  }
  const { verify, serverName } = tls.config;
  const name = serverName ?? (isIP(host) === 0 ? host : undefined);
  const socket = connectTls({
    ...(preamble === undefined ? { host, port } : { socket: openUnder(place) }),
    secureContext: tls.context,
    rejectUnauthorized: verify !== "none",
    ...(tls.protocols.length === 0 ? {} : { ALPNProtocols: [...tls.protocols] }),
    // RFC 6066 3: an address is not a server name; the certificate must have it all the same.
    ...(name === undefined ? {} : { servername: name }),
  });
  socket.setNoDelay(true);
  socket.on("secureConnect", onReady);
  return socket;
}

/** A connection for TLS to be spoken on, which says what becomes of both. */
function openUnder(place: BackendPlace): Socket {
  const socket = openPlain(place);
  socket.on("error", () => undefined);
  return socket;
}

function openPlain({ host, port, preamble }: BackendPlace): Socket {
  const socket = connect({ host, port, noDelay: true });
  if (preamble !== undefined) socket.on("connect", () => socket.write(preamble));
  return socket;
}
