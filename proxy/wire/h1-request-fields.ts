import { type ConnectionOptions, decodeConnection } from "./connection.ts";
import { scanFieldLines } from "./field-lines.ts";
import { FIELD } from "./field-names.ts";
import { Fields } from "./fields.ts";
import { type Framing, requestFraming } from "./framing.ts";
import type { Upgrade } from "./message.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";
import { isAuthority } from "./target.ts";
import { requestedUpgrade } from "./upgrade.ts";

/** What the fields of an HTTP/1 request say about it. */
export type RequestFields = {
  readonly ok: true;
  readonly fields: Fields;
  /** Undefined where HTTP/1.0 allows it to be missing. */
  readonly host: string | undefined;
  readonly framing: Framing;
  readonly connection: ConnectionOptions;
  /** Whether the client waits for 100 before it sends its body. */
  readonly isContinueExpected: boolean;
  readonly upgrade: Upgrade | undefined;
};

/**
 * Fields that begin at `start`, in a head that ends before `end`.
 *
 * @param lastHost  of the request before on the same connection: nearly always, it is the same
 */
export function decodeRequestFields(
  bytes: Buffer,
  start: number,
  end: number,
  minorVersion: number,
  fieldsMax: number,
  lastHost: string | undefined,
): RequestFields | Refusal {
  const lines = scanFieldLines(bytes, start, end, fieldsMax);
  if (!lines.ok) return refuse(lines.fault === "tooManyFields" ? 431 : 400, lines.fault);
  const fields = new Fields(bytes, lines.marks, lines.present);
  const host = decodeHost(fields, lastHost);
  if (host === "" || (host === undefined && minorVersion === 1)) return refuse(400, "badHost");
  const framing = requestFraming(fields, minorVersion);
  if (isRefusal(framing)) return framing;
  const connection = decodeConnection(fields);
  if (connection === undefined) return refuse(400, "badConnection");
  const expect = fields.has(FIELD.expect) ? fields.all(FIELD.expect).join(",") : "";
  // RFC 9110 10.1.1: the one expectation there is; a lax reading of it has desynchronised proxies.
  if (expect !== "" && expect.toLowerCase() !== "100-continue") return refuse(417, "badExpectation");
  const isContinueExpected = expect !== "" && minorVersion === 1 && framing.kind !== "none";
  const { nominated } = connection;
  const marked = nominated.length === 0 ? fields : fields.markHopByHop(nominated);
  const mayUpgrade = connection.isUpgrade && minorVersion === 1 && framing.kind === "none";
  const upgrade = mayUpgrade ? requestedUpgrade(fields) : undefined;
  return { ok: true, fields: marked, host, framing, connection, isContinueExpected, upgrade };
}

/** RFC 9112 3.2: exactly one valid Host, which only HTTP/1.0 may leave out. @returns empty where it is wrong */
function decodeHost(fields: Fields, lastHost: string | undefined): string | undefined {
  const index = fields.find(FIELD.host, 0);
  if (index < 0) return undefined;
  if (fields.find(FIELD.host, index + 1) >= 0) return "";
  if (lastHost !== undefined && fields.isValue(index, lastHost)) return lastHost;
  const host = fields.value(index);
  return isAuthority(host) ? host : "";
}
