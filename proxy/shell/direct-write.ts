import type { Socket } from "node:net";

/** Text up to here is encoded into the one buffer that all connections share. */
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

  /** @param text  latin1. False: wait for the socket's `drain` before writing more. */
  writeText(text: string): boolean {
    const native = text.length > SHARED_BYTES ? undefined : this.#native();
    if (native === undefined) return this.#socket.write(text, "latin1");
    return this.#writeNow(native, shared, shared.write(text, "latin1"));
  }

  /** The same, and the octets `start` up to, not including, `end` behind it. */
  writeJoined(text: string, bytes: Buffer, start: number, end: number): boolean {
    const native = text.length + end - start > SHARED_BYTES ? undefined : this.#native();
    if (native === undefined) return this.#socket.write(text + bytes.toString("latin1", start, end), "latin1");
    const textEnd = shared.write(text, "latin1");
    return this.#writeNow(native, shared, textEnd + bytes.copy(shared, textEnd, start, end));
  }

  /** False: wait for the socket's `drain` before writing more. The octets must not change before that. */
  writeBytes(bytes: Uint8Array): boolean {
    const native = this.#native();
    return native === undefined ? this.#socket.write(bytes) : this.#writeNow(native, bytes, bytes.length);
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
