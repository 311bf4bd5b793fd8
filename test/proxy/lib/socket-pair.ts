import type { Socket } from "node:net";
import { Duplex } from "node:stream";

/** One end of a connection within the process: each write here is one read there. */
class SocketEnd extends Duplex {
  other: SocketEnd | undefined;

  constructor() {
    super({ allowHalfOpen: true });
  }

  override _read(): void {
    // The other end pushes.
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: () => void): void {
    this.other?.push(bytes);
    done();
  }

  override _final(done: () => void): void {
    if (this.other?.destroyed === false) this.other.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { other } = this;
    this.other = undefined;
    if (other !== undefined && !other.destroyed) other.push(null);
    done(error);
  }
}

/** Both ends of a connection that goes through no system: the two of them are all that a proxy uses of a socket. */
export function socketPair(): readonly [Socket, Socket] {
  const [near, far] = [new SocketEnd(), new SocketEnd()];
  near.other = far;
  far.other = near;
  return [near as unknown as Socket, far as unknown as Socket];
}
