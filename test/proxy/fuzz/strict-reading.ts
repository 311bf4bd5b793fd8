// Requests in a text as the RFCs' grammar has them and nothing else: written anew, as expressions over the whole
// text, so that what the proxy reads octet by octet has something to be measured by.

export type ReadRequest = { readonly method: string; readonly target: string; readonly body: string };

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const REQUEST_LINE = new RegExp(`^(${TOKEN}) ([!-"$-~]+) HTTP/1\\.([01])$`);
const FIELD_LINE = new RegExp(`^(${TOKEN}):[ \\t]*([\\t -~\\x80-\\xff]*?)[ \\t]*$`);
const LENGTH = /^(?:0|[1-9][0-9]{0,14})$/;
const CHUNK = /([0-9A-Fa-f]{1,13})(?:;[\t -~\x80-\xff]*)?\r\n/y;
const TRAILERS = new RegExp(`(?:${TOKEN}:[\\t -~\\x80-\\xff]*\\r\\n)*\\r\\n`, "y");

/** All requests up to the first that is not whole, or not one. */
export function readStrictly(text: string): ReadRequest[] {
  const requests: ReadRequest[] = [];
  for (let at = 0; ; ) {
    const start = text.startsWith("\r\n", at) ? at + 2 : at;
    const headEnd = text.indexOf("\r\n\r\n", start);
    const head = headEnd < 0 ? undefined : readHead(text.slice(start, headEnd));
    const body = head === undefined ? undefined : readBody(text, headEnd + 4, head.length);
    if (head === undefined || body === undefined) return requests;
    requests.push({ method: head.method, target: head.target, body: body.text });
    at = body.end;
  }
}

type ReadHead = { readonly method: string; readonly target: string; readonly length: number | "chunked" };

function readHead(text: string): ReadHead | undefined {
  const [first = "", ...lines] = text.split("\r\n");
  const [, method, target, minor] = REQUEST_LINE.exec(first) ?? [];
  const fields = lines.map((line) => FIELD_LINE.exec(line));
  if (method === undefined || target === undefined || fields.includes(null)) return undefined;
  const all = (name: string) =>
    fields.filter((field) => field?.[1]?.toLowerCase() === name).map((field) => field?.[2] ?? "");
  const lengths = all("content-length");
  const codings = all("transfer-encoding");
  const hosts = all("host");
  if (hosts.length > 1 || (minor === "1" && hosts.length === 0)) return undefined;
  if (codings.length > 0) {
    const isChunked = codings.length === 1 && codings[0]?.toLowerCase() === "chunked";
    return isChunked && minor === "1" && lengths.length === 0 ? { method, target, length: "chunked" } : undefined;
  }
  if (lengths.length === 0) return { method, target, length: 0 };
  const [length = ""] = lengths;
  return lengths.length === 1 && LENGTH.test(length) ? { method, target, length: Number(length) } : undefined;
}

function readBody(
  text: string,
  start: number,
  length: number | "chunked",
): { readonly text: string; readonly end: number } | undefined {
  if (length === "chunked") return readChunks(text, start);
  const end = start + length;
  return end <= text.length ? { text: text.slice(start, end), end } : undefined;
}

function readChunks(text: string, start: number): { readonly text: string; readonly end: number } | undefined {
  let data = "";
  for (let at = start; ; ) {
    CHUNK.lastIndex = at;
    const size = Number.parseInt(CHUNK.exec(text)?.[1] ?? "", 16);
    if (Number.isNaN(size)) return undefined;
    const from = CHUNK.lastIndex;
    if (size === 0) {
      TRAILERS.lastIndex = from;
      return TRAILERS.test(text) ? { text: data, end: TRAILERS.lastIndex } : undefined;
    }
    data += text.slice(from, from + size);
    if (!text.startsWith("\r\n", from + size)) return undefined;
    at = from + size + 2;
  }
}
