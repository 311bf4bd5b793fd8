import { write } from "node:fs";
import type { ProxyConfig } from "../../config/proxy.ts";
import type { AccessRecord } from "../core/access-log.ts";
import { lineFormatOf } from "../core/access-log-text.ts";
import { PASSAGE_FORMATS, type PassageRecord } from "../core/passage-log.ts";

/** A batch is written at the latest after this time, or when it has this size. */
const BATCH_MS = 100;
/** Several workers write to one socket: the kernel takes so much in one piece, so that no line is torn. */
const BATCH_LENGTH = 24_576;
/** Text that may wait for a reader that does not read; beyond, lines are dropped and counted. */
const WAITING_LENGTH_MAX = 8_388_608;

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
  droppedLines = 0;
  readonly #fd: number;
  readonly #prefix: string;
  #format: "json" | "combined" | "httplog" = "json";
  #formatLine = lineFormatOf("json");
  #waiting = "";
  #isWriting = false;
  #timer: NodeJS.Timeout | undefined;
  #onIdle: (() => void) | undefined;

  /** @param prefix  stands before each line, like the journal's `<6>` */
  constructor(fd: number, prefix: string) {
    this.#fd = fd;
    this.#prefix = prefix;
  }

  configure({ access }: ProxyConfig["log"]): void {
    this.isOn = access !== "off";
    if (access === "off") return;
    this.#format = access;
    this.#formatLine = lineFormatOf(access);
  }

  write(record: AccessRecord): void {
    if (this.#hasRoom()) this.#add(this.#formatLine(record));
  }

  writePassage(record: PassageRecord): void {
    if (this.#hasRoom()) this.#add(PASSAGE_FORMATS[this.#format](record));
  }

  #hasRoom(): boolean {
    const hasRoom = this.#waiting.length <= WAITING_LENGTH_MAX;
    if (!hasRoom) this.droppedLines++;
    return hasRoom;
  }

  #add(line: string): void {
    this.#waiting += `${this.#prefix}${line}\n`;
    if (this.#waiting.length >= BATCH_LENGTH) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), BATCH_MS);
  }

  /** Resolves when everything has been written. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#flush();
    });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isWriting) return;
    if (this.#waiting === "") {
      this.#onIdle?.();
      return;
    }
    const batch = Buffer.from(this.#takeBatch());
    this.#isWriting = true;
    this.#writeAll(batch);
  }

  /** Whole lines, as many as go in one write. */
  #takeBatch(): string {
    const end = this.#waiting.lastIndexOf("\n", BATCH_LENGTH) + 1;
    const isAll = this.#waiting.length <= BATCH_LENGTH || end === 0;
    const batch = isAll ? this.#waiting : this.#waiting.slice(0, end);
    this.#waiting = isAll ? "" : this.#waiting.slice(end);
    return batch;
  }

  #writeAll(batch: Buffer): void {
    write(this.#fd, batch, 0, batch.length, null, (error, written) => {
      const rest = batch.subarray(written);
      const isFull = error?.code === "EAGAIN";
      // A pipe without a reader, a full disk: the proxy goes on serving.
      if (error !== null && !isFull) rest.fill(0);
      if ((error === null || isFull) && rest.length > 0) {
        if (isFull) setTimeout(() => this.#writeAll(rest), BATCH_MS);
        else this.#writeAll(rest);
        return;
      }
      this.#isWriting = false;
      if (this.#waiting !== "" || this.#onIdle !== undefined) this.#flush();
    });
  }
}
