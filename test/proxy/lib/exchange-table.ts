import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

// The exchanges of security/exchanges/*.txt, one paragraph each:
//
//   name of the row
//   > what the client sends          a line ends in CR LF, unless a \ stands there
//   >> what the backend gets         nothing, if there is no such line
//   << what the backend answers      200 with two octets, if there is no such line
//   < 200 keep                       what the client gets; keep, close, or cut: the message has no end
//   < Location: /                    and a line that is in the last head
//
// `reused` or `left` behind that says whether the backend's connection serves the next request.
// Escapes: \r \n \t \\ \xHH. {a|b} makes a row of each, {a*9} repeats, {forwarded} stands for the
// X-Forwarded lines of the proxy, {backend} for the backend's address, {end} for the end of its connection,
// {part} for at most the beginning of a request.

/** What is to become of the client's connection. */
export type Ending = "keep" | "close" | "cut";

export type Exchange = {
  readonly name: string;
  /** latin1, as all texts here. */
  readonly request: string;
  /** Undefined: a part of a request at the most. */
  readonly forwarded: string | undefined;
  /** Undefined: an ordinary response. */
  readonly response: { readonly text: string; readonly isEnded: boolean } | undefined;
  /** Without 100. */
  readonly statuses: readonly number[];
  readonly ending: Ending;
  readonly upstream: "reused" | "left" | "either";
  readonly headLines: readonly string[];
};

const FOLDER = join(import.meta.dirname, "../security/exchanges");
const PLAIN_GET = "GET /app1/x HTTP/1.1\r\nHost: example.com\r\n\r\n";
const PLAIN_FORWARDED = [">> GET /x HTTP/1.1", ">> Host: example.com", ">> {forwarded}", ">>"];
const FORWARDED = [
  "X-Forwarded-For: 127.0.0.1",
  "X-Forwarded-Proto: http",
  "X-Forwarded-Host: example.com",
  "X-Forwarded-Prefix: /app1",
].join("\\r\\n");

/** All rows, or those of one file. */
export function exchanges(file?: string): Exchange[] {
  const files = file === undefined ? readdirSync(FOLDER).sort() : [file];
  return files.flatMap((name) =>
    readFileSync(join(FOLDER, name), "utf8")
      .split(/\n{2,}/)
      .map((paragraph) => paragraph.replace(/^#.*\n?/gm, "").trimEnd())
      .filter((paragraph) => paragraph !== "")
      .flatMap(alternatives)
      .map(readExchange),
  );
}

/** One paragraph for each alternative; all groups of a paragraph choose together. */
function alternatives(paragraph: string): string[] {
  const groups = [...paragraph.matchAll(/\{([^{}]*\|[^{}]*)\}/g)].map(([, inside = ""]) => inside.split("|"));
  const [first] = groups;
  if (first === undefined) return [paragraph];
  if (groups.some((group) => group.length !== first.length)) throw new Error(`groups of different size: ${paragraph}`);
  return first.map((choice, index) => {
    let group = 0;
    const chosen = paragraph.replace(/\{[^{}]*\|[^{}]*\}/g, () => groups[group++]?.[index] ?? "");
    return chosen.replace("\n", ` (${choice})\n`);
  });
}

function readExchange(paragraph: string): Exchange {
  const [name = "", ...given] = paragraph.split("\n");
  const isPlain = !given.some((line) => /^>>? /.test(line));
  const lines = isPlain ? [...given, ...PLAIN_FORWARDED] : given;
  const marked = (mark: string) =>
    lines.filter((line) => line.split(" ")[0] === mark).map((line) => contentOf(line, mark));
  const strange = lines.filter((line) => !/^(?:>>?|<<?)(?: |$)/.test(line));
  if (strange.length > 0) throw new Error(`${name}: lines without a mark: ${JSON.stringify(strange)}`);
  const [outcome = "", ...headLines] = marked("<");
  const words = unescaped(outcome).split(" ");
  const sent = octets(marked(">"));
  const answered = octets(marked("<<"));
  const forwarded = octets(marked(">>"));
  return {
    name,
    request: sent === "" ? PLAIN_GET : sent,
    forwarded: forwarded.startsWith("{part}") ? undefined : forwarded,
    response:
      answered === "" ? undefined : { text: answered.replace("{end}", ""), isEnded: answered.includes("{end}") },
    statuses: words.filter((word) => /^\d{3}$/.test(word)).map(Number),
    ending: (["keep", "close", "cut"] as const).find((ending) => words.includes(ending)) ?? "keep",
    upstream: (["reused", "left"] as const).find((fate) => words.includes(fate)) ?? "either",
    headLines,
  };
}

function contentOf(line: string, mark: string): string {
  return line.slice(mark.length + 1);
}

function octets(lines: readonly string[]): string {
  return lines
    .map((line) => (/(?<!\\)\\$/.test(line) ? line.slice(0, -1) : `${line}\\r\\n`))
    .map(unescaped)
    .join("");
}

function unescaped(line: string): string {
  return line
    .replaceAll("{forwarded}", FORWARDED)
    .replace(/\{([^{}]*)\*(\d+)\}/g, (_, text: string, count: string) => text.repeat(Number(count)))
    .replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex: string | undefined, letter: string) =>
      hex === undefined ? (LETTERS[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
    );
}

const LETTERS: Readonly<Record<string, string>> = { r: "\r", n: "\n", t: "\t" };
