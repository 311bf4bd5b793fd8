import { closeSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

// This process' own memory as the system shows it: proc_pid_maps(5), proc_pid_mem(5), proc_pid_pagemap(5).
// Most of what a JavaScript engine has mapped was never written; the page map tells which pages are there.

const AT_PAGESZ = 6n;
const ENTRY_BYTES = 8;
/** Of an entry's upper half: the page is in memory, or in swap. */
const IS_THERE = 0xc000_0000;
/** Of the page map, at a time. */
const ENTRIES = 4_096;
/** Of memory, at a time: others have their turn between two. */
const PIECE_BYTES = 524_288;

/** Octets of this process, and where they are. */
export type Spot = { readonly address: number; readonly octets: Buffer };

/**
 * Every place of `bytes` octets that begins with a pattern, in memory that is this process' alone to write.
 *
 * Others have their turn while it looks, so a place may have changed by the time it is told; what was read is overwritten in the end.
 *
 * @throws the system's error where it does not show a process its own memory
 */
export async function* placesThatBeginWith(pattern: Buffer, bytes: number): AsyncGenerator<Spot> {
  const memory = openSync("/proc/self/mem", "r");
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  try {
    for await (const { start, end } of writtenStretches()) {
      for (let address = start; address < end; address += PIECE_BYTES - bytes) {
        const read = readMemory(memory, piece, Math.min(PIECE_BYTES, end - address), address);
        for (let at = piece.indexOf(pattern); at >= 0 && at + bytes <= read; at = piece.indexOf(pattern, at + 1)) {
          yield { address: address + at, octets: piece.subarray(at, at + bytes) };
        }
        await setImmediate();
      }
    }
  } finally {
    piece.fill(0);
    closeSync(memory);
  }
}

/**
 * Writes over what is at an address.
 *
 * @throws the system's error where nothing is there, or a process may not write its own memory in this way
 */
export function overwrite(address: number, octets: Buffer): void {
  const memory = openSync("/proc/self/mem", "r+");
  try {
    writeSync(memory, octets, 0, octets.byteLength, address);
  } finally {
    closeSync(memory);
  }
}

type Stretch = { readonly start: number; readonly end: number };

/** Pages that are there, as far as they follow each other. */
async function* writtenStretches(): AsyncGenerator<Stretch> {
  let stretch: Stretch | undefined;
  for await (const { start, end } of writtenRuns()) {
    if (stretch?.end === start) stretch = { start: stretch.start, end };
    else {
      if (stretch !== undefined) yield stretch;
      stretch = { start, end };
    }
  }
  if (stretch !== undefined) yield stretch;
}

/** The same, cut where a look at the page map ends. */
async function* writtenRuns(): AsyncGenerator<Stretch> {
  const pageBytes = readPageBytes();
  const pageMap = openSync("/proc/self/pagemap", "r");
  const entries = Buffer.allocUnsafe(ENTRIES * ENTRY_BYTES);
  try {
    for (const { start, end } of ownMappings()) {
      for (let from = start; from < end; from += ENTRIES * pageBytes) {
        const asked = Math.min(ENTRIES, (end - from) / pageBytes) * ENTRY_BYTES;
        const count = readSync(pageMap, entries, 0, asked, (from / pageBytes) * ENTRY_BYTES) / ENTRY_BYTES;
        for (const [first, last] of runs(count, (page) => isThere(entries, page))) {
          yield { start: from + first * pageBytes, end: from + last * pageBytes };
        }
        await setImmediate();
      }
    }
  } finally {
    closeSync(pageMap);
  }
}

function isThere(entries: Buffer, page: number): boolean {
  return (entries.readUInt32LE(page * ENTRY_BYTES + 4) & IS_THERE) !== 0;
}

/** Numbers below `count` that follow each other and are wanted: the first, and the one behind the last. */
function* runs(count: number, isWanted: (number: number) => boolean): Generator<readonly [number, number]> {
  for (let first = 0; first < count; ) {
    let last = first;
    while (last < count && isWanted(last)) last += 1;
    if (last > first) yield [first, last];
    first = last + 1;
  }
}

/** Mappings that this process reads and writes, that no file is behind and nobody shares. */
function ownMappings(): Stretch[] {
  return readFileSync("/proc/self/maps", "latin1")
    .split("\n")
    .flatMap((line) => {
      const [, start = "", end = ""] = /^([0-9a-f]+)-([0-9a-f]+) rw.p \S+ \S+ 0(?:\s|$)/.exec(line) ?? [];
      return start === "" ? [] : [{ start: Number.parseInt(start, 16), end: Number.parseInt(end, 16) }];
    });
}

/** Length read: 0 where nothing is there any more. */
function readMemory(fd: number, into: Buffer, bytes: number, address: number): number {
  try {
    return readSync(fd, into, 0, bytes, address);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EIO") return 0;
    throw error;
  }
}

/** Size of a page: the system's word to each program it starts (getauxval(3)). */
function readPageBytes(): number {
  const words = readFileSync("/proc/self/auxv");
  for (let at = 0; at + 2 * ENTRY_BYTES <= words.byteLength; at += 2 * ENTRY_BYTES) {
    if (words.readBigUInt64LE(at) === AT_PAGESZ) return Number(words.readBigUInt64LE(at + ENTRY_BYTES));
  }
  throw new Error("the system does not say how large its pages are");
}
