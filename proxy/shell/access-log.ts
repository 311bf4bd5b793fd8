import { write } from "node:fs";
import type { ProxyConfig } from "../../config/proxy.ts";
import type { AccessRecord } from "../core/access-log.ts";
import { lineFormatOf } from "../core/access-log-text.ts";
import { LineWriter } from "../core/line-writer.ts";
import { PASSAGE_FORMATS, type PassageRecord } from "../core/passage-log.ts";

/** A batch is written at the latest after this time, or when it has this size. */
const BATCH_MS = 100;
/** Several workers write to one socket: the kernel takes so much in one piece, so that no line is torn. */
const BATCH_BYTES = 32_768;
/** What may wait for a reader that does not read; beyond, lines are dropped and counted. */
const WAITING_BYTES_MAX = 8_388_608;

/** How soon a reader that was behind is tried again: between two tries it gets no more than the system holds for it. */
const RETRY_MS = 10;
/** Once a log is to be closed, a reader that takes nothing for so long is not waited for. */
const CLOSE_MS = 1_000;

/** Where lines about exchanges go. */
export interface AccessLog {
  readonly isOn: boolean;
  write(record: AccessRecord): void;
  writePassage(record: PassageRecord): void;
}

const STANDARD_OUTPUT = 1;

/** The daemon's access log, off until it is configured. */
export function openAccessLog(isJournal: boolean): BatchedAccessLog {
  return new BatchedAccessLog(STANDARD_OUTPUT, isJournal ? "<6>" : "");
}

/**
 * Access log on a file descriptor: lines are gathered and written in batches beside the event loop.
 *
 * A journal that stands still must not stop the proxy: what doesn't fit is dropped.
 */
export class BatchedAccessLog implements AccessLog {
  isOn = false;
  /** Since the start. */
  droppedLines = 0;
  #toldDropped = 0;
  readonly #fd: number;
  readonly #prefix: string;
  #format: "json" | "combined" | "httplog" = "json";
  #writeLine = lineFormatOf("json");
  /** Lines that are being gathered. */
  #gathered = new LineWriter();
  /** Full batches that wait for the one before them, and how much that is. */
  #waiting: LineWriter[] = [];
  #waitingBytes = 0;
  /** A batch that has been written, to be used again. */
  #spare: LineWriter | undefined;
  #isWriting = false;
  #timer: NodeJS.Timeout | undefined;
  #onIdle: (() => void) | undefined;
  #patience: NodeJS.Timeout | undefined;

  /** @param prefix  stands before each line, like the journal's `<6>` */
  constructor(fd: number, prefix: string) {
    this.#fd = fd;
    this.#prefix = prefix;
  }

  configure({ access }: ProxyConfig["log"]): void {
    this.isOn = access !== "off";
    if (access === "off") return;
    this.#format = access;
    this.#writeLine = lineFormatOf(access);
  }

  write(record: AccessRecord): void {
    if (!this.#hasRoom()) return;
    const start = this.#beginLine();
    this.#writeLine(this.#gathered, record);
    this.#endLine(start);
  }

  writePassage(record: PassageRecord): void {
    if (!this.#hasRoom()) return;
    const start = this.#beginLine();
    this.#gathered.text(PASSAGE_FORMATS[this.#format](record));
    this.#endLine(start);
  }

  #hasRoom(): boolean {
    const hasRoom = this.#waitingBytes <= WAITING_BYTES_MAX;
    if (!hasRoom) this.droppedLines++;
    return hasRoom;
  }

  #beginLine(): number {
    if (this.droppedLines > this.#toldDropped) this.#tellDropped();
    const start = this.#gathered.length;
    this.#gathered.text(this.#prefix);
    return start;
  }

  /** Where lines are missing, one says how many, as the daemon's own events do. */
  #tellDropped(): void {
    const droppedLines = this.droppedLines - this.#toldDropped;
    this.#toldDropped = this.droppedLines;
    const event = { level: "warn", time: new Date().toISOString(), daemon: "proxy", event: "accessLog", droppedLines };
    this.#gathered.text(`${this.#prefix}${JSON.stringify(event)}\n`);
  }

  #endLine(start: number): void {
    const out = this.#gathered;
    out.text("\n");
    if (out.length < BATCH_BYTES) {
      this.#timer ??= setTimeout(() => this.#flush(), BATCH_MS);
      return;
    }
    // The line that was too much is the first of the next batch.
    this.#gatherAnew();
    if (start > 0) out.moveTo(this.#gathered, start);
    this.#queue(out);
  }

  /** Resolves when everything has been written, or nobody reads it. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = () => {
        clearTimeout(this.#patience);
        resolve();
      };
      this.#awaitReader();
      this.#flush();
    });
  }

  #awaitReader(): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#onIdle?.(), CLOSE_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const out = this.#gathered;
    if (out.length > 0) {
      this.#gatherAnew();
      this.#queue(out);
    } else if (!this.#isWriting) this.#onIdle?.();
  }

  #gatherAnew(): void {
    this.#gathered = this.#spare ?? new LineWriter();
    this.#spare = undefined;
  }

  #queue(batch: LineWriter): void {
    this.#waiting.push(batch);
    this.#waitingBytes += batch.length;
    if (!this.#isWriting) this.#writeNext();
  }

  #writeNext(): void {
    const batch = this.#waiting.shift();
    if (batch === undefined) {
      if (this.#onIdle !== undefined) this.#flush();
      return;
    }
    this.#isWriting = true;
    this.#writeFrom(batch, 0);
  }

  #writeFrom(batch: LineWriter, from: number): void {
    write(this.#fd, batch.bytes, from, batch.length - from, null, (error, written) => {
      const isFull = error?.code === "EAGAIN";
      // A pipe without a reader, a full disk: the proxy goes on serving.
      const next = error === null ? from + written : isFull ? from : batch.length;
      if (next > from && this.#onIdle !== undefined) this.#awaitReader();
      if (next < batch.length) {
        if (isFull) setTimeout(() => this.#writeFrom(batch, next), RETRY_MS);
        else this.#writeFrom(batch, next);
        return;
      }
      this.#isWriting = false;
      this.#waitingBytes -= batch.length;
      batch.clear();
      this.#spare = batch;
      this.#writeNext();
    });
  }
}
