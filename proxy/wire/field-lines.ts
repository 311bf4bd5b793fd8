import { FIELD, type FieldId, type FieldSet, identifyField } from "./field-names.ts";
import { isOf, TOKEN, VALUE } from "./octets.ts";

// One field line (RFC 9112 5), strict: no space before the colon, no folding, no
// bare CR or LF, no NUL. Every octet of a head is looked at here, once.
//
//   Name:  value with spaces  CR LF
//   ^start
//   ----     its name: how long, and which
//
// The value is what stands between the colon and the next line, less the white space around it.

/** Numbers kept per line: its start, its name ({@link nameMark}). One more line start follows the last line. */
export const MARKS = 2;

/** Bits of a name's mark that are its id, below 32 (field-names.ts); above them is its length, below 2^26. */
const ID_BITS = 5;

/** Mark of a name: which it is, and how long. */
export function nameMark(id: FieldId, length: number): number {
  return (length << ID_BITS) | id;
}

/** Id that a {@link nameMark} was made of. */
export function idOfMark(mark: number): FieldId {
  return (mark & ((1 << ID_BITS) - 1)) as FieldId;
}

/** Length that a {@link nameMark} was made of, in octets. */
export function lengthOfMark(mark: number): number {
  return mark >> ID_BITS;
}

/** Where a scan gathers its marks. What it returns is a copy: a list that grows as it is filled leaves more garbage than it is long. */
const gathered: number[] = [];

export type FieldLineFault = "badFieldName" | "badFieldValue" | "folded" | "tooManyFields";

export type ScannedLines = {
  readonly ok: true;
  /** Into the octets that were scanned. */
  readonly marks: readonly number[];
  readonly present: FieldSet;
};

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const UNDERSCORE = 0x5f;

/**
 * Field lines from `start` up to the empty line, or to `end`.
 *
 * Octets and not text: reading a typed array is several times faster than reading characters of a string.
 */
export function scanFieldLines(
  bytes: Uint8Array,
  start: number,
  end: number,
  linesMax: number,
): ScannedLines | { readonly ok: false; readonly fault: FieldLineFault } {
  let present = 0;
  let count = 0;
  let at = start;
  while (at < end && bytes[at] !== CR) {
    if (count === linesMax * MARKS) return { ok: false, fault: "tooManyFields" };
    const lineStart = at;
    let isUnsafe = false;
    let octet = bytes[at] ?? 0;
    while (isOf(octet, TOKEN)) {
      if (octet === UNDERSCORE) isUnsafe = true;
      octet = bytes[++at] ?? 0;
    }
    const nameEnd = at;
    if (octet !== COLON || nameEnd === lineStart) return { ok: false, fault: nameFault(octet, nameEnd === lineStart) };
    do octet = bytes[++at] ?? 0;
    while (isOf(octet, VALUE));
    // RFC 9112 2.2: a bare CR is never a line end; RFC 9110 5.5: NUL and other controls are refused.
    if (octet !== CR || bytes[at + 1] !== LF) return { ok: false, fault: "badFieldValue" };
    at += 2;
    const id = isUnsafe ? FIELD.unsafe : identifyField(bytes, lineStart, nameEnd);
    present |= 1 << id;
    gathered[count++] = lineStart;
    gathered[count++] = nameMark(id, nameEnd - lineStart);
  }
  // A carriage return that starts a line and is not the empty line at the very end would hide what follows it.
  const isAtEnd = at === end || (at + 2 === end && bytes[at + 1] === LF);
  if (!isAtEnd) return { ok: false, fault: "badFieldName" };
  gathered[count++] = at;
  return { ok: true, marks: gathered.slice(0, count), present };
}

function nameFault(octet: number, isFirst: boolean): FieldLineFault {
  // RFC 9112 5.2: a line that starts with white space continues the one before; a proxy refuses it.
  return isFirst && (octet === SPACE || octet === TAB) ? "folded" : "badFieldName";
}
