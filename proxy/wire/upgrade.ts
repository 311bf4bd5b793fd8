import type { ConnectionOptions } from "./connection.ts";
import { FIELD } from "./field-names.ts";
import type { Fields } from "./fields.ts";
import type { Upgrade } from "./message.ts";

// Change of protocol (RFC 9110 7.8), of which WebSocket is the only one (RFC 6455 4).

/** Sixteen octets in base64. */
const WEBSOCKET_KEY = /^[A-Za-z0-9+/]{22}==$/;
const WEBSOCKET_VERSION = "13";

/** Protocol that a request asks for; half an opening handshake asks for nothing. */
export function requestedUpgrade(fields: Fields): Upgrade | undefined {
  const keys = fields.all(FIELD.secWebsocketKey);
  const versions = fields.all(FIELD.secWebsocketVersion);
  const isHandshake =
    isWebsocket(fields) &&
    keys.length === 1 &&
    WEBSOCKET_KEY.test(keys[0] ?? "") &&
    versions.length === 1 &&
    versions[0] === WEBSOCKET_VERSION;
  return isHandshake ? "websocket" : undefined;
}

/** Protocol that a 101 changes to. */
export function acceptedUpgrade(fields: Fields, connection: ConnectionOptions): Upgrade | undefined {
  return connection.isUpgrade && isWebsocket(fields) ? "websocket" : undefined;
}

function isWebsocket(fields: Fields): boolean {
  const protocols = fields.all(FIELD.upgrade);
  return protocols.length === 1 && protocols[0]?.toLowerCase() === "websocket";
}
