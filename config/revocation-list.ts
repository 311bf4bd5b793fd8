import * as z from "zod";

// What is said of a list of revoked certificates (CRL). No runtime reads its dates, so they are read here, out of DER:
//
//   CertificateList  SEQUENCE
//     tbsCertList    SEQUENCE
//       version      INTEGER, may be absent
//       signature    SEQUENCE
//       issuer       SEQUENCE of SET of SEQUENCE { OID, text }
//       thisUpdate   UTCTime or GeneralizedTime
//       nextUpdate   the same, may be absent
//       …

export const revocationListSchema = z.object({
  /** As a certificate's: `O=Acme, CN=Clients`. */
  issuer: z.string(),
  /** RFC 3339. */
  thisUpdate: z.string(),
  /** From then on TLS trusts no certificate of the issuer; absent: the list does not end. */
  nextUpdate: z.string().optional(),
});
export type RevocationList = z.output<typeof revocationListSchema>;

/** Lists in PEM, one after the other; undefined in the place of one that can't be read. */
export function decodeRevocationLists(pem: string): (RevocationList | undefined)[] {
  const texts = [...pem.matchAll(/-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----/g)];
  return texts.map(([, base64 = ""]) => decodeList(new Uint8Array(Buffer.from(base64, "base64"))));
}

const DAY_MS = 86_400_000;
/** As for certificates; of a list that lives shorter, the last third of its life. */
const WARNED_MS = 14 * DAY_MS;

/** From when on a list's end is warned of, and the end itself, ms since 1970; infinite for one that does not end. */
export function revocationEndMs({ thisUpdate, nextUpdate }: RevocationList): { warnedMs: number; endMs: number } {
  if (nextUpdate === undefined) return { warnedMs: Number.POSITIVE_INFINITY, endMs: Number.POSITIVE_INFINITY };
  const endMs = Date.parse(nextUpdate);
  return { warnedMs: endMs - Math.min(WARNED_MS, (endMs - Date.parse(thisUpdate)) / 3), endMs };
}

/** What is wrong with the time of a list: no client of its issuer is trusted, or soon none will be. */
export function revocationWarning(list: RevocationList, nowMs: number): string | undefined {
  const { warnedMs, endMs } = revocationEndMs(list);
  if (nowMs >= endMs) return `ended on ${list.nextUpdate}: no client of this authority is trusted`;
  if (nowMs < Date.parse(list.thisUpdate)) {
    return `not valid before ${list.thisUpdate}: no client of this authority is trusted`;
  }
  if (nowMs < warnedMs) return undefined;
  const hours = Math.floor((endMs - nowMs) / 3_600_000);
  const left = hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
  return `ends on ${list.nextUpdate}, in ${left}: from then on no client of this authority is trusted`;
}

const TAG = { integer: 0x02, utcTime: 0x17, generalizedTime: 0x18, sequence: 0x30 } as const;

/** One element of DER; `start` up to, not including, `end` is what is in it. */
type Element = { readonly tag: number; readonly start: number; readonly end: number };

function decodeList(bytes: Uint8Array): RevocationList | undefined {
  const whole = elementAt(bytes, 0, bytes.length);
  const signed = whole?.tag === TAG.sequence ? elementAt(bytes, whole.start, whole.end) : undefined;
  if (signed?.tag !== TAG.sequence) return undefined;
  const parts = elementsOf(bytes, signed);
  const [, name, ...times] = parts[0]?.tag === TAG.integer ? parts.slice(1) : parts;
  const [thisUpdate, nextUpdate] = times.map((time) => timeOf(bytes, time));
  if (name?.tag !== TAG.sequence || thisUpdate === undefined) return undefined;
  const list = { issuer: nameOf(bytes, name), thisUpdate };
  return nextUpdate === undefined ? list : { ...list, nextUpdate };
}

function elementAt(bytes: Uint8Array, at: number, limit: number): Element | undefined {
  const [tag, first = 0x80] = bytes.subarray(at, limit);
  const isLong = first >= 0x80;
  const lengthOctets = isLong ? bytes.subarray(at + 2, at + 2 + (first & 0x7f)) : [first];
  const start = at + 2 + (isLong ? first & 0x7f : 0);
  const end = start + [...lengthOctets].reduce((length, octet) => length * 256 + octet, 0);
  return tag === undefined || first === 0x80 || end > limit ? undefined : { tag, start, end };
}

/** As far as they can be read. */
function elementsOf(bytes: Uint8Array, { start, end }: Element): Element[] {
  const elements: Element[] = [];
  for (let at = start; at < end; ) {
    const element = elementAt(bytes, at, end);
    if (element === undefined) break;
    elements.push(element);
    at = element.end;
  }
  return elements;
}

/** RFC 5280 4.1.2.5: two digits are a year from 1950 to 2049. */
function timeOf(bytes: Uint8Array, element: Element): string | undefined {
  const { tag } = element;
  if (tag !== TAG.utcTime && tag !== TAG.generalizedTime) return undefined;
  const text = textOf(bytes, element);
  const century = tag === TAG.generalizedTime ? "" : text < "50" ? "20" : "19";
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(`${century}${text}`);
  if (digits === null) return undefined;
  const [, year, month, day, hour, minute, second] = digits;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** RFC 4514 3: the types that have short names. */
const TYPES: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
};

function nameOf(bytes: Uint8Array, name: Element): string {
  const parts = elementsOf(bytes, name).flatMap((set) => elementsOf(bytes, set));
  const texts = parts.map((part) => {
    const [type, value] = elementsOf(bytes, part);
    const oid = type === undefined ? "" : oidOf(bytes.subarray(type.start, type.end));
    return `${TYPES[oid] ?? oid}=${value === undefined ? "" : textOf(bytes, value)}`;
  });
  return texts.join(", ");
}

/** X.690 8.19: seven bits an octet, the first number of two arcs. */
function oidOf(octets: Uint8Array): string {
  const numbers: number[] = [];
  let number = 0;
  for (const octet of octets) {
    number = number * 128 + (octet & 0x7f);
    if (octet >= 0x80) continue;
    if (numbers.length === 0) numbers.push(Math.min(2, Math.floor(number / 40)));
    numbers.push(numbers.length === 1 ? number - 40 * (numbers[0] ?? 0) : number);
    number = 0;
  }
  return numbers.join(".");
}

/** Control characters would end a line of whoever shows it. */
function textOf(bytes: Uint8Array, { start, end }: Element): string {
  return new TextDecoder().decode(bytes.subarray(start, end)).replace(/\p{Cc}/gu, "?");
}
