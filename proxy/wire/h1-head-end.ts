// Where a head ends in what has been received so far. The search can go on where
// it stopped, so that a head that comes octet by octet costs no more than a whole one.

const LF = 0x0a;
const CR = 0x0d;

/** Index of the first octet behind the empty line at or after `from`, or -1 while it is missing. */
export function findHeadEnd(bytes: Buffer, from: number): number {
  // The four octets of the end may have come in two reads.
  const at = bytes.indexOf("\r\n\r\n", Math.max(0, from - 3), "latin1");
  return at < 0 ? -1 : at + 4;
}

/** Whether a line feed without a carriage return stands at or after `from`: such a head will never end. */
export function hasBareLineFeed(bytes: Buffer, from: number): boolean {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (at === 0 || bytes[at - 1] !== CR) return true;
  }
  return false;
}

/** Number of octets of empty lines before a request; RFC 9112 2.2 wants one to be ignored. */
export function emptyLineLength(bytes: Buffer): number {
  return bytes.length >= 2 && bytes[0] === CR && bytes[1] === LF ? 2 : 0;
}
