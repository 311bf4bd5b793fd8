import type { Socket } from "node:net";
import { DirectWriter } from "./direct-write.ts";

/** Up to here a piece of a body leaves in one write with the text before it. */
const JOINED_BYTES_MAX = 4_096;
/** Up to here pieces are copied together, so that a head and its body leave in one write. */
const COPIED_BYTES_MAX = 65_536;
const NOTHING = Buffer.alloc(0);

/** Pieces of one socket's output that are gathered during an event and written once at its end. */
export class Outbox {
  /** Octets written since the start of the connection. */
  written = 0;
  readonly #socket: Socket;
  readonly #writer: DirectWriter;
  /** Text that stands behind the pieces, and a short run of octets behind it: nearly every message is these two. */
  #text = "";
  #tail: Buffer = NOTHING;
  #tailStart = 0;
  #tailEnd = 0;
  #pieces: (string | Uint8Array)[] = [];
  #pieceBytes = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#writer = new DirectWriter(socket);
  }

  /** @param text  latin1 */
  addText(text: string): void {
    this.#joinTail();
    this.#text += text;
  }

  /** The octets `start` up to, not including, `end`. */
  addBytes(bytes: Buffer, start: number, end: number): void {
    if (start === end) return;
    if (end - start <= JOINED_BYTES_MAX) {
      this.#joinTail();
      this.#tail = bytes;
      this.#tailStart = start;
      this.#tailEnd = end;
      return;
    }
    this.#endText();
    this.#pieces.push(end - start === bytes.length ? bytes : bytes.subarray(start, end));
    this.#pieceBytes += end - start;
  }

  /** Writes what has been gathered. False: wait for the socket's `drain` before adding more. */
  flush(): boolean {
    const socket = this.#socket;
    const hasPieces = this.#pieceBytes > 0;
    if (this.#text === "" && this.#tail === NOTHING && !hasPieces) return !socket.writableNeedDrain;
    if (!socket.writable) {
      this.#forget(); // its end is reported by its own events
      return true;
    }
    if (hasPieces) return this.#writePieces();
    const text = this.#text;
    const tail = this.#tail;
    this.#text = "";
    this.#tail = NOTHING;
    if (tail === NOTHING) {
      this.written += text.length;
      return this.#writer.writeText(text);
    }
    this.written += text.length + this.#tailEnd - this.#tailStart;
    return this.#writer.writeJoined(text, tail, this.#tailStart, this.#tailEnd);
  }

  #writePieces(): boolean {
    const socket = this.#socket;
    this.#endText();
    const pieces = this.#pieces;
    const bytes = this.#pieceBytes;
    this.#forget();
    this.written += bytes;
    const [first] = pieces;
    if (pieces.length === 1 && first !== undefined) return this.#write(first);
    if (bytes <= COPIED_BYTES_MAX) return this.#writer.writeBytes(concat(pieces, bytes));
    socket.cork();
    for (const piece of pieces) this.#write(piece);
    socket.uncork();
    return !socket.writableNeedDrain;
  }

  #write(piece: string | Uint8Array): boolean {
    return typeof piece === "string" ? this.#writer.writeText(piece) : this.#writer.writeBytes(piece);
  }

  #joinTail(): void {
    if (this.#tail === NOTHING) return;
    this.#text += this.#tail.toString("latin1", this.#tailStart, this.#tailEnd);
    this.#tail = NOTHING;
  }

  #endText(): void {
    this.#joinTail();
    if (this.#text === "") return;
    this.#pieces.push(this.#text);
    this.#pieceBytes += this.#text.length;
    this.#text = "";
  }

  #forget(): void {
    this.#text = "";
    this.#tail = NOTHING;
    this.#pieces = [];
    this.#pieceBytes = 0;
  }
}

function concat(pieces: readonly (string | Uint8Array)[], bytes: number): Buffer {
  const whole = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece === "string") whole.write(piece, at, "latin1");
    else whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
