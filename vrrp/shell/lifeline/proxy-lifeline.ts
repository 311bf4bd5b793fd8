import type { Libc } from "../../../daemon/ffi/libc.ts";
import { AF_UNIX, encodeUnixAddress } from "../../../daemon/ffi/sockaddr.ts";
import { SOCK_CLOEXEC_NONBLOCK, SOCK_STREAM } from "../linux.ts";
import { LifelineWatch } from "./lifeline-watch.ts";

/** The lifeline of the local proxy, which has another one after every start. */
export class ProxyLifeline {
  readonly #libc: Libc;
  #watch: LifelineWatch | undefined;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** Undefined: nothing is held on to. */
  get fd(): number | undefined {
    return this.#watch?.fd;
  }

  /** @param path  of the process that speaks for the proxy now; null: none does */
  follow(path: string | null): void {
    this.#watch?.close();
    this.#watch = path === null ? undefined : new LifelineWatch(this.#libc, { dial: () => this.#dial(path) });
  }

  /** Whether the process is dead. */
  hasDied(): boolean {
    const news = this.#watch?.hear() ?? "none";
    if (news !== "none") this.#watch = undefined;
    return news === "death";
  }

  #dial(path: string): number {
    const fd = this.#libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC_NONBLOCK, 0);
    if (fd < 0) return fd;
    const result = this.#libc.connect(fd, encodeUnixAddress(path));
    if (result >= 0) return fd;
    this.#libc.close(fd);
    return result;
  }
}
