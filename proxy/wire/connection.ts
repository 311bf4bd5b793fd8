import { FIELD, type FieldId } from "./field-names.ts";
import type { Fields } from "./fields.ts";
import { isAllOf, TOKEN } from "./octets.ts";

/** What the Connection field says (RFC 9110 7.6.1). */
export type ConnectionOptions = {
  readonly isClose: boolean;
  readonly isKeepAlive: boolean;
  readonly isUpgrade: boolean;
  /** Lower-case names of the fields that end at this hop. */
  readonly nominated: readonly string[];
};

const NONE: ConnectionOptions = { isClose: false, isKeepAlive: false, isUpgrade: false, nominated: [] };
const CLOSE: ConnectionOptions = { ...NONE, isClose: true };
const KEEP_ALIVE: ConnectionOptions = { ...NONE, isKeepAlive: true };

/**
 * Fields that a sender may not have removed by naming them: a client could make the
 * proxy drop what the backend relies on (who asks, from where, for which host).
 */
const NEVER_NOMINATED = new Set([
  "host",
  "cookie",
  "authorization",
  "content-length",
  "transfer-encoding",
  "forwarded",
  "x-real-ip",
]);

/**
 * Options of all Connection lines.
 *
 * @returns undefined when a line is not a list of tokens
 */
export function decodeConnection(fields: Fields): ConnectionOptions | undefined {
  const index = fields.find(FIELD.connection, 0);
  if (index < 0) return NONE;
  if (fields.find(FIELD.connection, index + 1) < 0) {
    if (fields.isValue(index, "keep-alive") || fields.isValue(index, "Keep-Alive")) return KEEP_ALIVE;
    if (fields.isValue(index, "close") || fields.isValue(index, "Close")) return CLOSE;
  }
  return decodeList(fields.all(FIELD.connection).join(",").toLowerCase());
}

function decodeList(list: string): ConnectionOptions | undefined {
  const words = list
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== ""); // RFC 9110 5.6.1: empty elements are ignored
  if (!words.every((word) => isAllOf(word, TOKEN))) return undefined;
  return {
    isClose: words.includes("close"),
    isKeepAlive: words.includes("keep-alive"),
    isUpgrade: words.includes("upgrade"),
    nominated: words.filter((word) => !NEVER_NOMINATED.has(word) && !word.startsWith("x-forwarded-")),
  };
}

/** Fields that belong to one connection and never go on to the next (RFC 9110 7.6.1). */
export const HOP_BY_HOP: readonly FieldId[] = [
  FIELD.hopByHop,
  FIELD.connection,
  FIELD.keepAlive,
  FIELD.proxyConnection,
  FIELD.te,
  FIELD.trailer,
  FIELD.transferEncoding,
  FIELD.upgrade,
  FIELD.http2Settings,
];
