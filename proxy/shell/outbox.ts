import type { Socket } from "node:net";
import { type Piece, type PieceSink, pieceLength } from "../wire/pieces.ts";
import { DirectWriter } from "./direct-write.ts";

/** Pieces of one socket's output that are gathered during an event and written once at its end. */
export class Outbox implements PieceSink {
  /** Octets written since the start of the connection. */
  written = 0;
  readonly #socket: Socket;
  readonly #writer: DirectWriter;
  readonly #pieces: Piece[] = [];
  /** Octets of all pieces. */
  #length = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#writer = new DirectWriter(socket);
  }

  add(piece: Piece): void {
    const length = pieceLength(piece);
    if (length === 0) return;
    this.#pieces.push(piece);
    this.#length += length;
  }

  /** Writes what has been gathered. False: wait for the socket's `drain` before adding more. */
  flush(): boolean {
    const socket = this.#socket;
    if (this.#length === 0) return !socket.writableNeedDrain;
    const isWritable = socket.writable; // its end is reported by its own events
    if (isWritable) this.written += this.#length;
    const isTaken = !isWritable || this.#writer.write(this.#pieces, this.#length);
    this.#pieces.length = 0;
    this.#length = 0;
    return isTaken;
  }
}
