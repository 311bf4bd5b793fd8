import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 200;

/**
 * Holds a name while `work` runs, so that two commands never build or tear down the same thing.
 *
 * The name is an abstract socket: the kernel gives it back when its holder dies, however it dies.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @param {() => void} [onWait] Called once when another process holds the name; without it, that is an error.
 * @returns {Promise<T>}
 */
export async function withLock(name, work, onWait) {
  let lock = await take(name);
  if (lock === undefined && onWait === undefined) {
    throw new Error(`${name}: another command is at work on it; try again when it is done`);
  }
  if (lock === undefined) onWait?.();
  while (lock === undefined) {
    await delay(POLL_MS);
    lock = await take(name);
  }
  try {
    return await work();
  } finally {
    lock.close();
  }
}

/**
 * @param {string} name
 * @returns {Promise<import("node:net").Server | undefined>}
 */
function take(name) {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(`\0${name}`, () => resolve(server));
  });
}
