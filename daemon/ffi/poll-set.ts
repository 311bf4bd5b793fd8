import type { PollSet } from "./libc.ts";

const POLLIN = 1;
const RETURNED_SHIFT = 16;

/** A set that waits until one of the descriptors can be read. */
export function buildPollSet(descriptors: readonly number[]): PollSet {
  return { words: Int32Array.from(descriptors.flatMap((fd) => [fd, POLLIN])), count: descriptors.length };
}

/** Whether the descriptor at `index` had something to read, or an error, after the last wait. */
export function isReady(set: PollSet, index: number): boolean {
  return (set.words[2 * index + 1] ?? 0) >>> RETURNED_SHIFT !== 0;
}
