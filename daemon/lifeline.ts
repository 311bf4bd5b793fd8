import { existsSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Libc } from "./ffi/libc.ts";

/** What the thread is started with. */
export type LifelineThreadData = {
  readonly path: string;
  /** Eventfd that ends the thread. */
  readonly bell: number;
};

/** The lifeline of this process: whoever holds on to it knows at once when the process is killed (lifelines.ts). */
export type Lifeline = {
  /** Unix socket at which it is to be had. */
  readonly path: string;
  /** Number of the thread that holds it. It has to run once more to die: whoever may let it do so before others, should. */
  readonly thread: number;
  /** Says good-bye: what follows is no death. Resolves when that is said. */
  readonly end: () => Promise<void>;
};

/**
 * Opens the lifeline of this process, in a thread of its own.
 *
 * @param directory  where its socket is to be
 * @returns undefined when the system refuses: its end is then seen a little later, by what else it has open
 */
export async function openLifeline(
  libc: Libc,
  directory: string,
  onTrouble: (because: string) => void,
): Promise<Lifeline | undefined> {
  const path = join(directory, `lifeline.${process.pid}.sock`);
  const bell = libc.eventfd();
  const workerData: LifelineThreadData = { path, bell };
  const worker = new Worker(threadFile(), { workerData });
  const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  let thread: number;
  try {
    thread = await new Promise<number>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
  } catch (error) {
    onTrouble((error as Error).message);
    libc.close(bell);
    return undefined;
  }
  worker.unref();
  return {
    path,
    thread,
    end: async () => {
      libc.notify(bell);
      await ended;
      libc.close(bell);
    },
  };
}

/** Beside the program in a release, beside this file in a working tree. */
function threadFile(): URL {
  const released = new URL("./lbpair-lifeline.js", import.meta.url);
  return existsSync(released) ? released : new URL("./lifeline-thread.ts", import.meta.url);
}
