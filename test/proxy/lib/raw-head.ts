import type { RawHead } from "../../../proxy/wire/input.ts";

/** A head as a connection brings it: somewhere within what was read. */
export function rawHead(text: string): RawHead {
  const before = "x\r\n";
  const bytes = Buffer.from(`${before}${text}GET`, "latin1");
  return { kind: "head", bytes, start: before.length, end: before.length + text.length };
}
