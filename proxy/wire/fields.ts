import { idOfMark, lengthOfMark, MARKS, nameMark, scanFieldLines } from "./field-lines.ts";
import { FIELD, type FieldId, type FieldSet, isIn } from "./field-names.ts";

// The field lines of a message, in order. Kept as one text with marks into it
// (field-lines.ts), so that a list made from another copies runs of lines, not
// lines. The text form belongs to this file and to the HTTP/1 codec, which writes
// lines that way; everyone else reads by index or by id.

/** An immutable, ordered list of field lines. */
export class Fields {
  readonly #source: string;
  #marks: readonly number[] | undefined;
  #present: FieldSet;

  /** Without marks, the source must consist of valid lines only; it is scanned when someone reads it. */
  constructor(source: string, marks?: readonly number[], present?: FieldSet) {
    this.#source = source;
    this.#marks = marks;
    this.#present = present ?? 0;
  }

  /** Every line as `name: value` CR LF. */
  get text(): string {
    return this.#marks === undefined ? this.#source : this.run(0, this.count);
  }

  get count(): number {
    return (this.#scanned().length - 1) / MARKS;
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
    return this.#source.slice(this.#start(index), this.#nameEnd(index));
  }

  /** Without the white space around it (RFC 9110 5.5). */
  value(index: number): string {
    const source = this.#source;
    let start = this.#nameEnd(index) + 1;
    let end = this.#start(index + 1) - 2;
    while (isBlank(source.charCodeAt(start)) && start < end) start++;
    while (isBlank(source.charCodeAt(end - 1)) && start < end) end--;
    return source.slice(start, end);
  }

  /** The lines `from` up to, not including, `to`, as text. */
  run(from: number, to: number): string {
    return from < to ? this.#source.slice(this.#start(from), this.#start(to)) : "";
  }

  has(id: FieldId): boolean {
    return isIn(this.present, id);
  }

  /** Index of the first line of a field from `from` on, or -1. */
  find(id: FieldId, from: number): number {
    if (!this.has(id)) return -1;
    for (let index = from; index < this.count; index++) if (this.id(index) === id) return index;
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
    for (let index = 0; index < this.count; index++) {
      if (this.#isNamed(index, lowerName)) return this.value(index);
    }
    return undefined;
  }

  /** Text of the lines but those with a lower-case name. */
  without(lowerName: string): string {
    let text = "";
    for (let index = 0; index < this.count; index++) {
      if (!this.#isNamed(index, lowerName)) text += this.run(index, index + 1);
    }
    return text;
  }

  /** The same lines, of which those with these lower-case names are {@link FIELD.hopByHop}. */
  markHopByHop(lowerNames: readonly string[]): Fields {
    const marks = [...this.#scanned()];
    let present = this.#present;
    for (let index = 0; index < this.count; index++) {
      if (!lowerNames.includes(this.name(index).toLowerCase())) continue;
      marks[index * MARKS + 1] = nameMark(FIELD.hopByHop, lengthOfMark(this.#nameMark(index)));
      present |= 1 << FIELD.hopByHop;
    }
    return new Fields(this.#source, marks, present);
  }

  #isNamed(index: number, lowerName: string): boolean {
    const start = this.#start(index);
    if (lengthOfMark(this.#nameMark(index)) !== lowerName.length) return false;
    for (let at = 0; at < lowerName.length; at++) {
      const octet = this.#source.charCodeAt(start + at);
      const folded = octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
      if (folded !== lowerName.charCodeAt(at)) return false;
    }
    return true;
  }

  #start(index: number): number {
    return this.#scanned()[index * MARKS] ?? 0;
  }

  #nameEnd(index: number): number {
    return this.#start(index) + lengthOfMark(this.#nameMark(index));
  }

  #nameMark(index: number): number {
    return this.#scanned()[index * MARKS + 1] ?? 0;
  }

  #scanned(): readonly number[] {
    if (this.#marks !== undefined) return this.#marks;
    const bytes = Uint8Array.from(this.#source, (character) => character.charCodeAt(0));
    const lines = scanFieldLines(bytes, 0, 0, bytes.length, Number.POSITIVE_INFINITY);
    if (!lines.ok) throw new Error(`fields: ${lines.fault} in lines of our own: ${JSON.stringify(this.#source)}`);
    this.#marks = lines.marks;
    this.#present = lines.present;
    return lines.marks;
  }
}

function isBlank(octet: number): boolean {
  return octet === 0x20 || octet === 0x09;
}

/** Lines given as names and values, which must be tokens and field values. */
export function fieldsOf(...lines: readonly (readonly [string, string])[]): Fields {
  return new Fields(lines.map(([name, value]) => fieldLine(name, value)).join(""));
}

/** One line of a list's text. The caller vouches for both: only validated octets go in. */
export function fieldLine(name: string, value: string): string {
  return `${name}: ${value}\r\n`;
}
