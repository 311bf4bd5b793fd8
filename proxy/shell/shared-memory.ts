import { randomBytes } from "node:crypto";
import { errorName } from "../../daemon/ffi/errno.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { clearColumn, prepareShared, SharedCounts, sharedBytes } from "../core/shared-counts.ts";

/** Memory in which the workers of a daemon count together. */
export type SharedMemory = {
  /** For the workers to map. */
  readonly fd: number;
  /** One for each worker, and for whoever else counts. */
  readonly columns: number;
  /** Seen by the owner of a column. */
  readonly countsOf: (column: number) => SharedCounts;
  /** A worker has ended: what it had under way is over. */
  readonly clear: (worker: number) => void;
};

/** What is handed to a worker beside its listening sockets. */
export const SHARED_WORD = "shared memory";

/** @throws Error with the system's word when there is none to be had */
export function openSharedMemory(libc: Libc, columns: number): SharedMemory {
  const bytes = sharedBytes(columns);
  const fd = libc.createMemory(bytes);
  const memory = fd < 0 ? fd : libc.mapMemory(fd, bytes);
  if (typeof memory === "number") throw new Error(`workers: no shared memory of ${bytes} octets: ${errorName(memory)}`);
  prepareShared(memory, randomBytes(4).readInt32LE());
  return {
    fd,
    columns,
    countsOf: (column) => new SharedCounts(memory, columns, column),
    clear: (worker) => clearColumn(memory, worker),
  };
}

/** The same for a daemon without worker processes; seen by the owner of each column. */
export function openOwnMemory(columns: number): SharedCounts[] {
  const memory = new ArrayBuffer(sharedBytes(columns));
  prepareShared(memory, randomBytes(4).readInt32LE());
  return Array.from({ length: columns }, (_, column) => new SharedCounts(memory, columns, column));
}

/**
 * The memory as a worker sees it.
 *
 * @param fd  from the daemon; it is closed, what is mapped stays
 * @throws Error with the system's word when it can't be mapped
 */
export function joinSharedMemory(libc: Libc, fd: number, columns: number, own: number): SharedCounts {
  const memory = libc.mapMemory(fd, sharedBytes(columns));
  libc.close(fd);
  if (typeof memory === "number") throw new Error(`worker: shared memory can't be mapped: ${errorName(memory)}`);
  return new SharedCounts(memory, columns, own);
}
