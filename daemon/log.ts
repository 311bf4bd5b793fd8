import { type Logger, pino } from "pino";

export type Log = Pick<Logger, "debug" | "info" | "warn" | "error">;
/** A daemon's own log, whose level may change while it runs. */
export type EventLog = Log & { readonly setLevel: (level: LogLevel) => void };
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What the journal needs to colour and filter: syslog's severities, as `sd-daemon(3)` takes them at the start of a line. */
const SYSLOG_SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 7, info: 6, warn: 4, error: 3 };

/** What may wait for a reader that does not read; beyond, lines are dropped, counted, and the count told when it reads again. */
const WAITING_BYTES_MAX = 1_048_576;

/**
 * Event log of a daemon: one JSON line per event on standard output, without waiting for whoever reads it.
 *
 * The first field of an event is its name: `log.info({ event: "state", from: "Backup", to: "Active" })`.
 * Where `onLine` is given it gets every line of at least level `info`, whatever `level` says.
 * Under systemd (`isJournal`) each line starts with its syslog severity.
 */
export function openLog(options: {
  daemon: string;
  level: LogLevel;
  isJournal: boolean;
  onLine?: (line: string) => void;
}): EventLog {
  let { level } = options;
  const output = new Output((droppedLines) => log.warn({ event: "log", droppedLines }));
  const write = (line: string) => {
    options.onLine?.(line);
    if (severityOf(line) <= SYSLOG_SEVERITY[level])
      output.write(options.isJournal ? `<${severityOf(line)}>${line}` : line);
  };
  const written = () =>
    options.onLine !== undefined && SYSLOG_SEVERITY[level] < SYSLOG_SEVERITY.info ? "info" : level;
  const log = pino(
    {
      level: written(),
      base: { daemon: options.daemon },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  const setLevel = (asked: LogLevel) => {
    level = asked;
    log.level = written();
  };
  return Object.assign(log, { setLevel });
}

/** Standard output. A reader that stands still, or is gone, is no reason for a daemon to stop or to grow. */
class Output {
  readonly #onGap: (droppedLines: number) => void;
  #waitingBytes = 0;
  #droppedLines = 0;

  /** @param onGap  told before the first line behind some that were dropped */
  constructor(onGap: (droppedLines: number) => void) {
    this.#onGap = onGap;
    // Without a listener, a broken pipe would end the process.
    if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => undefined);
  }

  write(line: string): void {
    if (this.#waitingBytes > WAITING_BYTES_MAX) {
      this.#droppedLines++;
      return;
    }
    const droppedLines = this.#droppedLines;
    this.#droppedLines = 0;
    if (droppedLines > 0) this.#onGap(droppedLines);
    this.#waitingBytes += line.length;
    process.stdout.write(line, () => {
      this.#waitingBytes -= line.length;
    });
  }
}

/** A log that keeps nothing, for `--check` and tests. */
export const silentLog: Log = pino({ level: "silent" });

function severityOf(line: string): number {
  const level = /^\{"level":"([a-z]+)"/.exec(line)?.[1];
  return level !== undefined && level in SYSLOG_SEVERITY ? SYSLOG_SEVERITY[level as LogLevel] : SYSLOG_SEVERITY.info;
}
