import type { Socket } from "node:net";

/** Up to here pieces are copied together, so that a head and its body leave in one write. */
const COPIED_BYTES_MAX = 65_536;

/** Pieces of one socket's output that are gathered during an event and written once at its end. */
export class Outbox {
  readonly #socket: Socket;
  #pieces: (string | Uint8Array)[] = [];
  #bytes = 0;
  /** Octets written since the start of the connection. */
  written = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** @param text  latin1 */
  addText(text: string): void {
    const last = this.#pieces.length - 1;
    const piece = this.#pieces[last];
    if (typeof piece === "string") this.#pieces[last] = piece + text;
    else this.#pieces.push(text);
    this.#bytes += text.length;
  }

  addBytes(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
  }

  /** Writes what has been gathered. False: wait for the socket's `drain` before adding more. */
  flush(): boolean {
    const pieces = this.#pieces;
    const bytes = this.#bytes;
    if (bytes === 0) return !this.#socket.writableNeedDrain;
    this.#pieces = [];
    this.#bytes = 0;
    if (this.#socket.destroyed || !this.#socket.writable) return true; // its end is reported by its own events
    this.written += bytes;
    const [first = ""] = pieces;
    if (pieces.length === 1) return this.#write(first);
    if (bytes <= COPIED_BYTES_MAX) return this.#socket.write(concat(pieces, bytes));
    this.#socket.cork();
    for (const piece of pieces) this.#write(piece);
    this.#socket.uncork();
    return !this.#socket.writableNeedDrain;
  }

  #write(piece: string | Uint8Array): boolean {
    return typeof piece === "string" ? this.#socket.write(piece, "latin1") : this.#socket.write(piece);
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
