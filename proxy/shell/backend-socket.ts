import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, createSecureContext, type SecureContext } from "node:tls";
import type { BackendTlsConfig } from "../../config/backend-tls.ts";

/** How a backend's connections are made: where to, and whether over TLS. */
export type BackendPlace = {
  readonly host: string;
  readonly port: number;
  readonly tls: BackendTls | undefined;
};

/** TLS towards the backends of an app, prepared once for all its connections. */
export type BackendTls = { readonly config: BackendTlsConfig; readonly context: SecureContext };

export function prepareBackendTls(config: BackendTlsConfig | undefined): BackendTls | undefined {
  if (config === undefined) return undefined;
  const { verify, caPem, versionMin } = config;
  const ca = verify === "ca" && caPem !== undefined ? { ca: caPem } : {};
  return { config, context: createSecureContext({ minVersion: versionMin, ...ca }) };
}

/**
 * Begins a connection to a backend.
 *
 * @param onReady  called when it can be written to: with TLS, when the backend has proved what it must
 */
export function openBackendSocket({ host, port, tls }: BackendPlace, onReady: () => void): Socket {
  if (tls === undefined) {
    const socket = connect({ host, port, noDelay: true });
    socket.on("connect", onReady);
    return socket;
  }
  const { verify, serverName } = tls.config;
  const name = serverName ?? (isIP(host) === 0 ? host : undefined);
  const socket = connectTls({
    host,
    port,
    secureContext: tls.context,
    rejectUnauthorized: verify !== "none",
    ALPNProtocols: ["http/1.1"],
    // RFC 6066 3: an address is not a server name; the certificate must have it all the same.
    ...(name === undefined ? {} : { servername: name }),
  });
  socket.setNoDelay(true);
  socket.on("secureConnect", onReady);
  return socket;
}
