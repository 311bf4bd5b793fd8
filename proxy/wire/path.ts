import { hexValue, isOf, UNRESERVED } from "./octets.ts";

// One representation of a path for routing and for forwarding (RFC 3986 6.2.2):
// whoever routes on one spelling and forwards another lets a client choose both.

/** What most paths look like: nothing to decode, to merge or to remove. */
const MAYBE_ABNORMAL = /%|\\|\/\/|\/\./;

/**
 * Normal form of an absolute path: unreserved octets decoded, escapes in upper case, slashes merged, dot segments removed.
 *
 * @param path  starts with `/`, visible ASCII without `?` and `#`
 * @returns undefined when the path has no safe normal form: a bad escape, an escaped NUL, slash or backslash, a
 *   backslash, a way above the root, or a dot segment with parameters (`/..;x/`, which some servers climb by)
 */
export function normalisePath(path: string): string | undefined {
  if (!MAYBE_ABNORMAL.test(path)) return path;
  const decoded = decodeUnreserved(path);
  return decoded === undefined ? undefined : removeDotSegments(decoded);
}

const PERCENT = 0x25;
const BACKSLASH = 0x5c;

function decodeUnreserved(path: string): string | undefined {
  let out = "";
  let runStart = 0;
  for (let at = 0; at < path.length; at++) {
    const octet = path.charCodeAt(at);
    if (octet === BACKSLASH) return undefined;
    if (octet !== PERCENT) continue;
    const high = hexValue(path.charCodeAt(at + 1));
    const low = hexValue(path.charCodeAt(at + 2));
    if (high < 0 || low < 0) return undefined;
    const value = high * 16 + low;
    if (value === 0x00 || value === 0x2f || value === BACKSLASH) return undefined;
    const escaped = path.slice(at, at + 3);
    out += path.slice(runStart, at) + (isOf(value, UNRESERVED) ? String.fromCharCode(value) : escaped.toUpperCase());
    at += 2;
    runStart = at + 1;
  }
  return out + path.slice(runStart);
}

function removeDotSegments(path: string): string | undefined {
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  for (const segment of segments) {
    if (segment === "" || segment === ".") continue;
    if (/^\.\.?;/.test(segment)) return undefined;
    if (segment !== "..") kept.push(segment);
    else if (kept.pop() === undefined) return undefined;
  }
  const last = segments.at(-1);
  const isDirectory = last === "" || last === "." || last === "..";
  return kept.length === 0 ? "/" : `/${kept.join("/")}${isDirectory ? "/" : ""}`;
}
