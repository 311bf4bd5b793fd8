// Cookie (RFC 6265 4.2.1): pairs divided by `;`. The persistence cookie is found
// wherever it stands and taken out; every other octet stays as it was.

/** What a Cookie value holds of one name. */
export type TakenCookie = {
  /** Value of the first pair of that name. */
  readonly value: string;
  /** The field value without the pairs of that name; empty when there were no others. */
  readonly rest: string;
};

/**
 * Takes all pairs of a name out of a Cookie value.
 *
 * @param name  compared exactly, letter case included
 * @returns undefined when there is none
 */
export function takeCookie(text: string, name: string): TakenCookie | undefined {
  if (!text.includes(name)) return undefined;
  let value: string | undefined;
  let rest = "";
  for (let at = 0; at < text.length; ) {
    const end = pairEnd(text, at);
    const pair = text.slice(at, end);
    const found = pairValue(pair, name);
    if (found === undefined) rest += rest === "" ? pair.trimStart() : `;${pair}`;
    else value ??= found;
    at = end + 1;
  }
  return value === undefined ? undefined : { value, rest };
}

/** End of the pair that starts at `from`: its `;` or the end of the text. */
function pairEnd(text: string, from: number): number {
  const semicolon = text.indexOf(";", from);
  const end = semicolon < 0 ? text.length : semicolon;
  if (!text.includes('"')) return end;
  // Old clients quote values, with `;` inside; a quote that is never closed is an ordinary octet.
  const opened = /^[^=;"]*=[ \t]*"/.exec(text.slice(from, end));
  if (opened === null) return end;
  const closed = /^(?:[^"\\]|\\.)*"[ \t]*(?=;|$)/.exec(text.slice(from + opened[0].length));
  return closed === null ? end : from + opened[0].length + closed[0].length;
}

function pairValue(pair: string, name: string): string | undefined {
  const equals = pair.indexOf("=");
  if (equals < 0 || pair.slice(0, equals).trim() !== name) return undefined;
  return pair.slice(equals + 1).trim();
}

/** Name of the cookie that a Set-Cookie value sets. */
export function setCookieName(text: string): string {
  const equals = text.indexOf("=");
  const semicolon = text.indexOf(";");
  return equals < 0 || (semicolon >= 0 && semicolon < equals) ? "" : text.slice(0, equals).trim();
}

/**
 * Set-Cookie value with the value of each Path attribute mapped, everything else as it was.
 *
 * @param map  gets the path; what it returns takes its place
 */
export function mapCookiePath(text: string, map: (path: string) => string): string {
  let out = "";
  let copied = 0;
  for (let at = text.indexOf(";"); at >= 0; at = text.indexOf(";", at + 1)) {
    const start = pathValueStart(text, at + 1);
    if (start < 0) continue;
    const semicolon = text.indexOf(";", start);
    const path = (semicolon < 0 ? text.slice(start) : text.slice(start, semicolon)).trimEnd();
    out += text.slice(copied, start) + map(path);
    copied = start + path.length;
  }
  return copied === 0 ? text : out + text.slice(copied);
}

/** Where the value begins, if the attribute that starts at `at` is Path; otherwise -1. */
function pathValueStart(text: string, at: number): number {
  const name = skipBlanks(text, at);
  if (!PATH_START.test(text.slice(name, name + 4))) return -1;
  const equals = skipBlanks(text, name + 4);
  return text.charCodeAt(equals) === EQUALS ? skipBlanks(text, equals + 1) : -1;
}

const PATH_START = /^path$/i;
const EQUALS = 0x3d;

function skipBlanks(text: string, at: number): number {
  let next = at;
  while (text.charCodeAt(next) === 0x20 || text.charCodeAt(next) === 0x09) next++;
  return next;
}
