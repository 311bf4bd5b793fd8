import { constants } from "node:os";

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));
// The system calls one number by two names; these are the ones manuals use.
NAMES.set(constants.errno.EAGAIN, "EAGAIN").set(constants.errno.EOPNOTSUPP, "EOPNOTSUPP");

export const { EAGAIN, EEXIST, EADDRNOTAVAIL, EINPROGRESS, EINTR, ENODEV, ENOBUFS, EPERM } = constants.errno;

/** Name of a negative result of {@link Libc}: `-1` is `EPERM`. */
export function errorName(result: number): string {
  return NAMES.get(-result) ?? `error ${-result}`;
}

/**
 * A result that must not fail.
 *
 * @throws Error `what: EPERM`
 */
export function must(what: string, result: number): number {
  if (result < 0) throw new Error(`${what}: ${errorName(result)}`);
  return result;
}
