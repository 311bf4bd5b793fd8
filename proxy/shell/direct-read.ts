import type { Socket } from "node:net";

/** What a read may keep alive beside its own octets, as long as any of them is kept: a head is, by its connection. */
const BESIDE_BYTES_MAX = 2_048;

/**
 * Hands a socket's octets on as they come, around the queue of its readable side.
 *
 * That queue exists for readers that are slower than the socket; ours keep what they can't use yet themselves, and
 * tell the socket to stop. Going through it costs a tenth of a request. What is left of the stream: its end, its
 * errors, its writable side.
 */
export class DirectReader {
  isPaused = false;
  readonly #socket: Socket;

  constructor(socket: Socket, onData: (bytes: Buffer) => void) {
    this.#socket = socket;
    const pushEnd = socket.push;
    // Called by the runtime with what it has read, null at the end; false makes it read no further until `_read`.
    socket.push = (bytes: Buffer | null) => {
      if (bytes === null) return pushEnd.call(socket, null);
      onData(IS_BUN ? bytes : compact(bytes));
      return !this.isPaused;
    };
    // What came before us, if anything: with the last octets of a TLS handshake, for instance. Our owner is not yet
    // complete, so it hears of it a moment later, and still before anything else that comes.
    const early: Buffer | null = socket.readableLength > 0 ? socket.read() : null;
    if (early !== null) queueMicrotask(() => onData(early));
    socket.resume();
  }

  /** What is on its way may still come. */
  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.#socket._read(0);
  }
}

/** Node 26 reads from TLS into 64 kB each time, however little comes. (Bun's buffers are as long as what came; to ask for theirs is slow.) */
function compact(bytes: Buffer): Buffer {
  const { buffer, byteOffset, length } = bytes;
  return buffer.byteLength - length <= BESIDE_BYTES_MAX
    ? bytes
    : Buffer.from(buffer.slice(byteOffset, byteOffset + length));
}

const IS_BUN = "bun" in process.versions;
