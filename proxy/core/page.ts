import { FIELD } from "../wire/field-names.ts";
import { Fields as FieldList, type Fields, fieldLine } from "../wire/fields.ts";
import type { ResponseHead } from "../wire/message.ts";
import type { Piece } from "../wire/pieces.ts";

// Responses that are HTML pages, and what their head must no longer say when their text changes.

export function isHtml(fields: Fields): boolean {
  return /^text\/html\s*(?:;|$)/i.test(fields.firstNamed("content-type") ?? "");
}

/** A page whose text can be read as it comes: not compressed, not a part, in an encoding that contains ASCII. */
export function isReadablePage({ status, fields }: ResponseHead): boolean {
  if (!isHtml(fields) || status === 206) return false;
  if (/charset\s*=\s*"?utf-(?:16|32)/i.test(fields.firstNamed("content-type") ?? "")) return false;
  return /^(?:identity)?$/i.test(fields.firstNamed("content-encoding") ?? "");
}

/** Head of a page whose text is changed: its length is not known, it is no longer the same octet for octet. */
export function changedPageHead(head: ResponseHead): ResponseHead {
  const { fields } = head;
  const lines: Piece[] = [];
  for (let index = 0; index < fields.count; index++) {
    const name = fields.name(index).toLowerCase();
    if (fields.id(index) === FIELD.contentLength || name === "accept-ranges" || name === "content-md5") continue;
    const isStrong = name === "etag" && !fields.value(index).startsWith("W/");
    lines.push(isStrong ? fieldLine(fields.name(index), `W/${fields.value(index)}`) : fields.run(index, index + 1));
  }
  return { ...head, fields: new FieldList(lines) };
}
