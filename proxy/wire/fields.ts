import { idOfMark, lengthOfMark, MARKS, nameMark, scanFieldLines } from "./field-lines.ts";
import { FIELD, type FieldId, type FieldSet, isIn } from "./field-names.ts";
import { decimalAt, isTextAt } from "./octets.ts";
import { joinPieces, type Octets, type Piece, textOf } from "./pieces.ts";

// The field lines of a message, in order. A list that was read is the octets it came
// as, with marks into them (field-lines.ts); one that is built is pieces: runs of
// lines of another list, which are not copied, and lines of our own. That form
// belongs to this file and to the HTTP/1 codec, which writes lines that way; everyone
// else reads by index or by id.

const NONE: readonly number[] = [];

/** An immutable, ordered list of field lines. */
export class Fields {
  readonly #pieces: readonly Piece[] | undefined;
  #bytes: Buffer | undefined;
  #marks: readonly number[];
  #present: FieldSet;

  /**
   * @param source  the octets that the marks point into; or pieces, which must consist of valid lines only: they are
   *   scanned when someone reads them
   */
  constructor(source: Buffer | readonly Piece[], marks: readonly number[] = NONE, present: FieldSet = 0) {
    const isRead = Buffer.isBuffer(source);
    this.#pieces = isRead ? undefined : source;
    this.#bytes = isRead ? source : undefined;
    this.#marks = marks;
    this.#present = present;
  }

  /** Every line as `name: value` CR LF. */
  get pieces(): readonly Piece[] {
    return this.#pieces ?? [this.run(0, this.count)];
  }

  /** The same as one text. */
  get text(): string {
    return textOf(this.pieces);
  }

  get count(): number {
    this.#scanned();
    return (this.#marks.length - 1) / MARKS;
  }

  /** Which fields occur. */
  get present(): FieldSet {
    this.#scanned();
    return this.#present;
  }

  id(index: number): FieldId {
    return idOfMark(this.#nameMark(index));
  }

  name(index: number): string {
    return this.#scanned().toString("latin1", this.#start(index), this.#nameEnd(index));
  }

  /** Without the white space around it (RFC 9110 5.5). */
  value(index: number): string {
    return this.#scanned().toString("latin1", this.#valueStart(index), this.#valueEnd(index));
  }

  /** Whether a value is this text: asked without making a text of it. */
  isValue(index: number, text: string): boolean {
    const start = this.#valueStart(index);
    return this.#valueEnd(index) - start === text.length && isTextAt(this.#scanned(), start, text);
  }

  /** Value as {@link decimalAt} reads it. */
  decimal(index: number): number {
    return decimalAt(this.#scanned(), this.#valueStart(index), this.#valueEnd(index));
  }

  /** The lines `from` up to, not including, `to`. */
  run(from: number, to: number): Octets {
    return { bytes: this.#scanned(), start: this.#start(from), end: this.#start(to) };
  }

  /** The lines from `from` on, up to the value of the line `to`: another value is to follow. */
  runToValue(from: number, to: number): Octets {
    return { bytes: this.#scanned(), start: this.#start(from), end: this.#valueStart(to) };
  }

  has(id: FieldId): boolean {
    return isIn(this.present, id);
  }

  /** Index of the first line of a field from `from` on, or -1. */
  find(id: FieldId, from: number): number {
    if (!this.has(id)) return -1;
    const { count } = this;
    for (let index = from; index < count; index++) if (this.id(index) === id) return index;
    return -1;
  }

  /** Value of the first line of a field. */
  first(id: FieldId): string | undefined {
    const index = this.find(id, 0);
    return index < 0 ? undefined : this.value(index);
  }

  /** Values of all lines of a field, in order. */
  all(id: FieldId): string[] {
    const values: string[] = [];
    for (let index = this.find(id, 0); index >= 0; index = this.find(id, index + 1)) values.push(this.value(index));
    return values;
  }

  /** Value of the first line with a lower-case name. */
  firstNamed(lowerName: string): string | undefined {
    const index = this.#indexNamed(lowerName);
    return index < 0 ? undefined : this.value(index);
  }

  /** The same as the octets that it came as. */
  octetsNamed(lowerName: string): Octets | undefined {
    const index = this.#indexNamed(lowerName);
    if (index < 0) return undefined;
    return { bytes: this.#scanned(), start: this.#valueStart(index), end: this.#valueEnd(index) };
  }

  /** The lines but those with a lower-case name. */
  without(lowerName: string): Fields {
    const pieces: Piece[] = [];
    for (let index = 0; index < this.count; index++) {
      if (!this.#isNamed(index, lowerName)) pieces.push(this.run(index, index + 1));
    }
    return new Fields(pieces);
  }

  /** The same lines, of which those with these lower-case names are {@link FIELD.hopByHop}. */
  markHopByHop(lowerNames: readonly string[]): Fields {
    const bytes = this.#scanned();
    const marks = [...this.#marks];
    let present = this.#present;
    for (let index = 0; index < this.count; index++) {
      if (!lowerNames.includes(this.name(index).toLowerCase())) continue;
      marks[index * MARKS + 1] = nameMark(FIELD.hopByHop, lengthOfMark(this.#nameMark(index)));
      present |= 1 << FIELD.hopByHop;
    }
    return new Fields(bytes, marks, present);
  }

  /** -1: there is none. */
  #indexNamed(lowerName: string): number {
    const { count } = this;
    for (let index = 0; index < count; index++) if (this.#isNamed(index, lowerName)) return index;
    return -1;
  }

  #isNamed(index: number, lowerName: string): boolean {
    const bytes = this.#scanned();
    const start = this.#start(index);
    if (lengthOfMark(this.#nameMark(index)) !== lowerName.length) return false;
    for (let at = 0; at < lowerName.length; at++) {
      const octet = bytes[start + at] ?? 0;
      const folded = octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
      if (folded !== lowerName.charCodeAt(at)) return false;
    }
    return true;
  }

  #start(index: number): number {
    return this.#marks[index * MARKS] ?? 0;
  }

  #nameEnd(index: number): number {
    return this.#start(index) + lengthOfMark(this.#nameMark(index));
  }

  #valueStart(index: number): number {
    const bytes = this.#scanned();
    const lineEnd = this.#start(index + 1) - 2;
    let start = this.#nameEnd(index) + 1;
    while (isBlank(bytes[start]) && start < lineEnd) start++;
    return start;
  }

  #valueEnd(index: number): number {
    const bytes = this.#scanned();
    const nameEnd = this.#nameEnd(index);
    let end = this.#start(index + 1) - 2;
    while (isBlank(bytes[end - 1]) && end > nameEnd + 1) end--;
    return end;
  }

  #nameMark(index: number): number {
    this.#scanned();
    return this.#marks[index * MARKS + 1] ?? 0;
  }

  /** The octets that the marks point into. */
  #scanned(): Buffer {
    return this.#bytes ?? this.#scan(this.#pieces ?? []);
  }

  #scan(pieces: readonly Piece[]): Buffer {
    const bytes = joinPieces(pieces);
    const lines = scanFieldLines(bytes, 0, bytes.length, Number.POSITIVE_INFINITY);
    if (!lines.ok) throw new Error(`fields: ${lines.fault} in lines of our own: ${JSON.stringify(textOf(pieces))}`);
    this.#bytes = bytes;
    this.#marks = lines.marks;
    this.#present = lines.present;
    return bytes;
  }
}

function isBlank(octet: number | undefined): boolean {
  return octet === 0x20 || octet === 0x09;
}

/** One line of a list. The caller vouches for both: only validated octets go in. */
export function fieldLine(name: string, value: string): string {
  return `${name}: ${value}\r\n`;
}
