import { FIELD, type FieldSet, identifyField } from "./field-names.ts";
import { isOf, TOKEN, VALUE } from "./octets.ts";

// One field line (RFC 9112 5), strict: no space before the colon, no folding, no
// bare CR or LF, no NUL. Every octet of a head is looked at here, once.
//
//   Name:  value with spaces  CR LF
//   ^1   ^2^3               ^4     ^5     and mark 0: the id of the name

/** Numbers kept per line: id, start, end of the name, start and end of the value, start of the next line. */
export const MARKS = 6;

export type FieldLineFault = "badFieldName" | "badFieldValue" | "folded" | "tooManyFields";

export type ScannedLines = {
  readonly ok: true;
  readonly marks: readonly number[];
  readonly present: FieldSet;
};

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const UNDERSCORE = 0x5f;

/** Field lines from `start` to the end of the text, where an empty line may stand. */
export function scanFieldLines(
  text: string,
  start: number,
  linesMax: number,
): ScannedLines | { readonly ok: false; readonly fault: FieldLineFault } {
  const marks: number[] = [];
  let present = 0;
  let at = start;
  while (at < text.length && text.charCodeAt(at) !== CR) {
    if (marks.length === linesMax * MARKS) return { ok: false, fault: "tooManyFields" };
    const lineStart = at;
    let isUnsafe = false;
    let octet = text.charCodeAt(at);
    while (isOf(octet, TOKEN)) {
      if (octet === UNDERSCORE) isUnsafe = true;
      octet = text.charCodeAt(++at);
    }
    const nameEnd = at;
    if (octet !== COLON || nameEnd === lineStart) return { ok: false, fault: nameFault(octet, nameEnd === lineStart) };
    octet = text.charCodeAt(++at);
    while (octet === SPACE || octet === TAB) octet = text.charCodeAt(++at);
    const valueStart = at;
    let valueEnd = at;
    while (isOf(octet, VALUE)) {
      at++;
      if (octet !== SPACE && octet !== TAB) valueEnd = at;
      octet = text.charCodeAt(at);
    }
    // RFC 9112 2.2: a bare CR is never a line end; RFC 9110 5.5: NUL and other controls are refused.
    if (octet !== CR || text.charCodeAt(at + 1) !== LF) return { ok: false, fault: "badFieldValue" };
    at += 2;
    const id = isUnsafe ? FIELD.unsafe : identifyField(text, lineStart, nameEnd);
    present |= 1 << id;
    marks.push(id, lineStart, nameEnd, valueStart, valueEnd, at);
  }
  // A carriage return that starts a line and is not the empty line at the very end would hide what follows it.
  const isAtEnd = at === text.length || (at + 2 === text.length && text.charCodeAt(at + 1) === LF);
  return isAtEnd ? { ok: true, marks, present } : { ok: false, fault: "badFieldName" };
}

function nameFault(octet: number, isFirst: boolean): FieldLineFault {
  // RFC 9112 5.2: a line that starts with white space continues the one before; a proxy refuses it.
  return isFirst && (octet === SPACE || octet === TAB) ? "folded" : "badFieldName";
}
