import { timingSafeEqual } from "node:crypto";
import { EAGAIN } from "../../../daemon/ffi/errno.ts";
import type { Libc } from "../../../daemon/ffi/libc.ts";
import { LIFELINE_GREETING } from "../../../daemon/lifelines.ts";
import { MSG_DONTWAIT } from "../linux.ts";

/** Who holds the lifeline. */
export type Holder = {
  /** @returns a descriptor of a socket that has begun to connect, or the negative error */
  readonly dial: (libc: Libc) => number;
  /** Makes it prove who it is; absent: the place it was found at is proof enough. */
  readonly challenge?: () => { readonly ask: Uint8Array; readonly want: Uint8Array };
};

/** What became of it: nothing yet, the holder's process is dead, or it is out of reach or has said good-bye, which says nothing. */
export type LifelineNews = "none" | "death" | "loss";

type Phase =
  | { readonly kind: "greeting" }
  | { readonly kind: "proof"; readonly want: Uint8Array }
  | { readonly kind: "holding" };

const WORD_BYTES_MAX = 64;
const MSG_NOSIGNAL = 0x4000;

/** One lifeline of another process (daemon/lifelines.ts), from its watcher's end. */
export class LifelineWatch {
  readonly #libc: Libc;
  readonly #holder: Holder;
  readonly #buffer = new Uint8Array(WORD_BYTES_MAX);
  #fd: number | undefined;
  #phase: Phase = { kind: "greeting" };
  #heard: number[] = [];

  constructor(libc: Libc, holder: Holder) {
    this.#libc = libc;
    this.#holder = holder;
    const fd = holder.dial(libc);
    if (fd >= 0) this.#fd = fd;
  }

  /** Undefined: it is over. */
  get fd(): number | undefined {
    return this.#fd;
  }

  /** Reads what there is. */
  hear(): LifelineNews {
    if (this.#fd === undefined) return "loss";
    const length = this.#libc.receive(this.#fd, this.#buffer, MSG_DONTWAIT);
    if (length === -EAGAIN) return "none";
    // The kernel's own word that the process has closed it, and so that it is dead: alive, it says good-bye first.
    // A reset may come from anyone between, so it is no such word.
    if (length === 0) return this.#end(this.#phase.kind === "holding" ? "death" : "loss");
    if (length < 0) return this.#end("loss");
    this.#heard.push(...this.#buffer.subarray(0, length));
    return this.#advance() ? "none" : this.#end("loss");
  }

  close(): void {
    this.#end("loss");
  }

  /** @returns whether the holder says what it should */
  #advance(): boolean {
    const { kind } = this.#phase;
    if (kind === "holding") return false; // the good-bye
    const want = kind === "greeting" ? LIFELINE_GREETING : this.#phase.want;
    if (this.#heard.length < want.length) return true;
    const said = Uint8Array.from(this.#heard.splice(0, want.length));
    if (!timingSafeEqual(said, want)) return false;
    const challenge = kind === "greeting" ? this.#holder.challenge?.() : undefined;
    this.#phase = challenge === undefined ? { kind: "holding" } : { kind: "proof", want: challenge.want };
    if (challenge !== undefined && !this.#ask(challenge.ask)) return false;
    return this.#heard.length === 0 || this.#advance();
  }

  #ask(challenge: Uint8Array): boolean {
    return this.#libc.send(this.#fd ?? -1, challenge, MSG_DONTWAIT | MSG_NOSIGNAL, null) === challenge.length;
  }

  #end(news: LifelineNews): LifelineNews {
    if (this.#fd !== undefined) this.#libc.close(this.#fd);
    this.#fd = undefined;
    return news;
  }
}
