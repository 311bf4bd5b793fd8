import type { Random } from "./random.ts";

// Messages that are nearly right: a good one, or one that is refused, changed in a place or two.

const MUTATIONS_MAX = 4;

/** Octets on which parsers have disagreed. */
const OCTETS = "\r\n\0\t\v\f :;,=\"'%/\\.?#*+-_|<>()@[]{}0123456789abcfxAFX\x7f\x80\x85\xa0\xff";

const LINES = [
  "Content-Length: 0",
  "Content-Length: 5",
  "content-length : 5",
  "Content-Length: 5, 5",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding:chunked",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding\t: chunked",
  "Transfer_Encoding: chunked",
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
  "Connection: close",
  "Connection: keep-alive, Content-Length",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Expect: 100-continue",
  "Host: b",
  " folded",
  "0",
  "5\r\nhello",
  "",
  "\r\n",
];
const SMUGGLED = "GET /app1/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
const LINE_ENDS = ["\n", "\r", "\r\r\n", "\n\r", "\r\n\r\n", " \r\n", ""];

type Mutation = (text: string, random: Random, others: readonly string[]) => string;

const MUTATIONS: readonly Mutation[] = [
  (text, random) => put(text, random.below(text.length + 1), 0, random.pick([...OCTETS])),
  (text, random) => put(text, random.below(text.length), 1, random.pick([...OCTETS])),
  (text, random) => put(text, random.below(text.length), 1 + random.below(3), ""),
  (text, random) => put(text, random.below(text.length + 1), 0, String.fromCharCode(random.below(256))),
  // Lines: taken out, doubled, brought in from elsewhere, exchanged.
  (text, random) => onLines(text, (lines) => lines.splice(random.below(lines.length), 1)),
  (text, random) => onLines(text, (lines) => lines.splice(random.below(lines.length), 0, random.pick(lines))),
  (text, random) => onLines(text, (lines) => lines.splice(1 + random.below(lines.length), 0, random.pick(LINES))),
  (text, random, others) =>
    onLines(text, (lines) =>
      lines.splice(random.below(lines.length), 1, random.pick(random.pick(others).split("\r\n"))),
    ),
  // Line ends.
  (text, random) => replaceOne(text, /\r\n/g, random, () => random.pick(LINE_ENDS)),
  // Lengths and sizes, a little off.
  (text, random) =>
    replaceOne(text, /\d+/g, random, (number) => String(Number(number) + random.pick([-1, 1, 2, 10, 44]))),
  (text, random) => replaceOne(text, /\d+/g, random, (number) => random.pick(["0", "+", "0x", " ", "-"]) + number),
  (text, random) => replaceOne(text, /[A-Za-z]/g, random, (letter) => String.fromCharCode(letter.charCodeAt(0) ^ 0x20)),
  (text, random) => put(text, random.below(text.length + 1), 0, SMUGGLED),
  (text, random) => text.slice(0, random.below(text.length + 1)),
  (text, random) => put(text, random.below(text.length + 1), 0, random.pick([...OCTETS]).repeat(random.below(300))),
];

/** A text changed in some places, or in none. */
export function mutate(text: string, random: Random, others: readonly string[]): string {
  let changed = text;
  for (let count = random.below(MUTATIONS_MAX + 1); count > 0; count--) {
    if (changed !== "") changed = random.pick(MUTATIONS)(changed, random, others);
  }
  return changed;
}

function put(text: string, at: number, length: number, inserted: string): string {
  return text.slice(0, at) + inserted + text.slice(at + length);
}

function onLines(text: string, change: (lines: string[]) => void): string {
  const lines = text.split("\r\n");
  change(lines);
  return lines.join("\r\n");
}

function replaceOne(text: string, pattern: RegExp, random: Random, by: (found: string) => string): string {
  const matches = [...text.matchAll(pattern)];
  if (matches.length === 0) return text;
  const match = random.pick(matches);
  return put(text, match.index, match[0].length, by(match[0]));
}
