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
  const at = text.indexOf(name);
  return at < 0 ? undefined : (takePlain(text, name, at) ?? takeAny(text, name));
}

/**
 * The same for the way in which browsers write it: `a=b; NAME=value; c=d`, once, nothing quoted.
 *
 * @param at  where the name first occurs
 * @returns undefined when it is written in another way
 */
function takePlain(text: string, name: string, at: number): TakenCookie | undefined {
  const valueStart = at + name.length + 1;
  const isPair = text.charCodeAt(valueStart - 1) === EQUALS && (at === 0 || text.startsWith("; ", at - 2));
  if (!isPair || text.indexOf(name, valueStart) >= 0 || text.includes('"')) return undefined;
  const semicolon = text.indexOf(";", valueStart);
  const value = semicolon < 0 ? text.slice(valueStart) : text.slice(valueStart, semicolon);
  if (isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(value.length - 1)) || !isTidy(text)) return undefined;
  if (at > 0) return { value, rest: text.slice(0, at - 2) + (semicolon < 0 ? "" : text.slice(semicolon)) };
  if (semicolon < 0) return { value, rest: "" };
  return text.startsWith("; ", semicolon) ? { value, rest: text.slice(semicolon + 2) } : undefined;
}

/** No empty pair at its ends, and no run of spaces or semicolons within. */
function isTidy(text: string): boolean {
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  return first !== SEMICOLON && !isBlank(first) && last !== SEMICOLON && !text.includes(";;") && !text.includes("  ");
}

function takeAny(text: string, name: string): TakenCookie | undefined {
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

/** Whether a Set-Cookie value sets the cookie of this name. */
export function setsCookie(text: string, name: string): boolean {
  if (!text.includes(name)) return false;
  const equals = text.indexOf("=");
  return equals >= 0 && text.slice(0, equals).trim() === name;
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

/** Set-Cookie value without a Domain (RFC 6265 5.2.3) that a host does not lie within; `host` in lower case. */
export function fitCookieDomain(text: string, host: string): string {
  return text.replace(/;\s*domain\s*=\s*([^;]*)/gi, (attribute, value: string) => {
    const domain = value.trim().toLowerCase().replace(/^\./, "");
    return domain === host || host.endsWith(`.${domain}`) ? attribute : "";
  });
}

/** Where the value begins, if the attribute that starts at `at` is Path; otherwise -1. */
function pathValueStart(text: string, at: number): number {
  const name = skipBlanks(text, at);
  for (let index = 0; index < PATH.length; index++) {
    // Folding maps two octets to each letter, both of which are that letter.
    if ((text.charCodeAt(name + index) | 0x20) !== PATH.charCodeAt(index)) return -1;
  }
  const equals = skipBlanks(text, name + PATH.length);
  return text.charCodeAt(equals) === EQUALS ? skipBlanks(text, equals + 1) : -1;
}

const PATH = "path";
const EQUALS = 0x3d;
const SEMICOLON = 0x3b;

function skipBlanks(text: string, at: number): number {
  let next = at;
  while (next < text.length && isBlank(text.charCodeAt(next))) next++;
  return next;
}

function isBlank(octet: number): boolean {
  return octet === 0x20 || octet === 0x09;
}
