import { existsSync } from "node:fs";
import { errorName } from "../../../daemon/ffi/errno.ts";
import type { Libc } from "../../../daemon/ffi/libc.ts";
import { AF_UNIX, encodeUnixAddress } from "../../../daemon/ffi/sockaddr.ts";
import { REALTIME_PRIORITY, SCHED_RESET_ON_FORK, SCHED_RR, SOCK_CLOEXEC_NONBLOCK, SOCK_STREAM } from "../linux.ts";
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

  /**
   * Holds on to the process that speaks for the proxy now.
   *
   * @param thread  the one that holds its end. It has to run once more to die, and on a host with more to do than processors it would
   *   wait for tens of milliseconds, so it is let before all ordinary threads; its own daemon has no right to do that.
   * @returns why that thread will have to wait
   */
  follow(path: string, thread: number | undefined): string | undefined {
    this.drop();
    let because: string | undefined;
    this.#watch = new LifelineWatch(this.#libc, {
      dial: () => {
        const fd = this.#dial(path);
        if (fd >= 0 && thread !== undefined) because = this.#hasten(fd, thread);
        return fd;
      },
    });
    return because;
  }

  /** Nobody speaks for the proxy. */
  drop(): undefined {
    this.#watch?.close();
    this.#watch = undefined;
  }

  /** Whether the process is dead. */
  hasDied(): boolean {
    const news = this.#watch?.hear() ?? "none";
    if (news !== "none") this.#watch = undefined;
    return news === "death";
  }

  #hasten(fd: number, thread: number): string | undefined {
    // Only a thread of the process that holds the other end: it says the number itself.
    if (!existsSync(`/proc/${this.#libc.peerProcess(fd)}/task/${thread}`))
      return `lifeline: thread ${thread} is none of the proxy's`;
    const result = this.#libc.setScheduler(thread, SCHED_RR | SCHED_RESET_ON_FORK, REALTIME_PRIORITY);
    return result < 0 ? `lifeline: SCHED_RR for the proxy's thread refused with ${errorName(result)}` : undefined;
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
