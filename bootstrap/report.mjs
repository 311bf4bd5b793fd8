// What a person sees of long work: one line a step, with a line that moves
// while it lasts. Where nobody watches (a pipe), a plain line now and then.

/**
 * Where progress is told.
 *
 * @typedef {object} Report
 * @property {<T extends string | undefined>(name: string, work: () => Promise<T>) => Promise<T>} step
 *   Does the work, then prints its name, the detail it returned, and how long it took.
 * @property {(fraction: number, what: string) => void} progress How far the current step is.
 * @property {(what: string) => void} note One line, at once.
 */

/** A pipe gets one line in this time: enough to see that it lives, few enough to read. */
const PLAIN_INTERVAL_MS = 15_000;
const TERMINAL_INTERVAL_MS = 100;
const WIDTH = 78;

/**
 * @param {NodeJS.WriteStream} stream
 * @returns {Report}
 */
export function openReport(stream) {
  const intervalMs = stream.isTTY ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS;
  const clear = stream.isTTY ? "\r\x1b[2K" : "";
  let toldAtMs = performance.now();
  return {
    step: async (name, work) => {
      const startedAtMs = performance.now();
      toldAtMs = startedAtMs;
      if (stream.isTTY) stream.write(`${clear}${name} …`);
      try {
        const detail = await work();
        const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
        stream.write(`${clear}${name}${detail === undefined ? "" : `, ${detail}`}: ${seconds} s\n`);
        return detail;
      } catch (error) {
        stream.write(clear);
        throw error;
      }
    },
    note: (what) => stream.write(`${clear}${what}\n`),
    progress: (fraction, what) => {
      const nowMs = performance.now();
      if (nowMs - toldAtMs < intervalMs) return;
      toldAtMs = nowMs;
      const text = `  ${Math.floor(fraction * 100)} % ${what}`.slice(0, WIDTH);
      stream.write(stream.isTTY ? `${clear}${text}` : `${text}\n`);
    },
  };
}
