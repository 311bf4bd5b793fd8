import type { Socket } from "node:net";
import { copyPiece, joinPieces, type Octets, type Piece } from "../wire/pieces.ts";

/** Up to here pieces are copied together, into the one buffer that all connections share, and leave in one write. */
const SHARED_BYTES = 65_536;
const shared = Buffer.allocUnsafeSlow(SHARED_BYTES);

/** Bun's own socket, on which its node:net stands. @returns octets taken, of which it keeps none; negative: it is closed */
type NativeSocket = { write(bytes: Uint8Array, start: number, length: number): number };

/**
 * Writes to a socket, around the queue of its writable side as long as that is empty.
 *
 * That queue, its callbacks and the ticks in which they run exist for octets that have to wait, and nearly none have to:
 * going through it costs a tenth of a request. What the system does not take at once goes into it, and so does all that
 * follows, until it has drained. Node has no way around it; there, everything goes through the stream.
 */
export class DirectWriter {
  readonly #socket: Socket & { readonly _handle?: NativeSocket | null };

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * Writes pieces.
   *
   * @param length  octets of all of them
   * @returns false: wait for the socket's `drain` before writing more
   */
  write(pieces: readonly Piece[], length: number): boolean {
    const [first] = pieces;
    if (pieces.length === 1 && first !== undefined) return this.#writeOne(first);
    if (length <= SHARED_BYTES) return this.#writeJoined(pieces, length);
    this.#socket.cork();
    for (const piece of pieces) this.#writeOne(piece);
    this.#socket.uncork();
    return !this.#socket.writableNeedDrain;
  }

  #writeOne(piece: Piece): boolean {
    if (typeof piece !== "string") return this.#writeOctets(piece);
    return piece.length <= SHARED_BYTES
      ? this.#writeJoined([piece], piece.length)
      : this.#socket.write(piece, "latin1");
  }

  #writeJoined(pieces: readonly Piece[], length: number): boolean {
    const native = this.#native();
    if (native === undefined) return this.#socket.write(joinPieces(pieces));
    let at = 0;
    for (const piece of pieces) at = copyPiece(piece, shared, at);
    return this.#writeNow(native, shared, length);
  }

  /** Octets that leave as they are need not be copied. */
  #writeOctets({ bytes, start, end }: Octets): boolean {
    const native = this.#native();
    const octets = end - start === bytes.length ? bytes : bytes.subarray(start, end);
    return native === undefined ? this.#socket.write(octets) : this.#writeNow(native, octets, octets.length);
  }

  #native(): NativeSocket | undefined {
    if (!IS_BUN || this.#socket.writableLength > 0) return undefined;
    return this.#socket._handle ?? undefined;
  }

  #writeNow(native: NativeSocket, bytes: Uint8Array, length: number): boolean {
    const taken = native.write(bytes, 0, length);
    if (taken === length) return true;
    const rest = bytes.subarray(Math.max(0, taken), length);
    return this.#socket.write(bytes === shared ? Buffer.from(rest) : rest);
  }
}

const IS_BUN = "bun" in process.versions;
