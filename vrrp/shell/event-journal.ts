import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";

/** What happened, one JSON line an event, appended and never changed. */
export type EventJournal = {
  readonly append: (line: string) => void;
  /** The newest, oldest of them first. */
  readonly newest: (max: number) => readonly unknown[];
};

const FILE = "events.jsonl";
/** A full file is put aside, in the place of the one before it: weeks of a restless pair. */
const FILE_BYTES_MAX = 4_000_000;
/** Events at hand for questions. */
const EVENTS_KEPT = 1_000;

/**
 * Opens the journal.
 *
 * @param directory  undefined: what happened is known for as long as the process lives
 * @param onTrouble  called once when the disk takes nothing more; the journal goes on without it
 */
export function openEventJournal(directory: string | undefined, onTrouble: (because: string) => void): EventJournal {
  const path = directory === undefined ? undefined : join(directory, FILE);
  let kept = path === undefined ? [] : readNewest(path);
  let isOnDisk = path !== undefined;
  let size = path === undefined ? 0 : sizeOf(path);
  // A power cut may have left half a line, which must not take the next one with it.
  let isTorn = path !== undefined && size > 0 && !readFileSync(path, "utf8").endsWith("\n");
  const write = (line: string) => {
    if (path === undefined || directory === undefined) return;
    if (size >= FILE_BYTES_MAX) {
      renameSync(path, `${path}.1`);
      size = 0;
    }
    if (size === 0) mkdirSync(directory, { recursive: true });
    appendFileSync(path, isTorn ? `\n${line}` : line, { mode: 0o640 });
    isTorn = false;
    size += Buffer.byteLength(line);
  };
  return {
    append: (line) => {
      kept.push(line);
      if (kept.length > 2 * EVENTS_KEPT) kept = kept.slice(-EVENTS_KEPT);
      if (!isOnDisk) return;
      try {
        write(line);
      } catch (error) {
        isOnDisk = false;
        onTrouble((error as Error).message);
      }
    },
    newest: (max) => kept.slice(-Math.min(max, EVENTS_KEPT)).flatMap(parse),
  };
}

function readNewest(path: string): string[] {
  const lines = [`${path}.1`, path].flatMap((file) => {
    try {
      return readFileSync(file, "utf8").split("\n");
    } catch {
      return []; // a journal that begins has no files yet
    }
  });
  return lines.filter((line) => line !== "").slice(-EVENTS_KEPT);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** A line that a power cut left half written is no event. */
function parse(line: string): unknown[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}
