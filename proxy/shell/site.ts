import type { App } from "../core/app.ts";
import type { Backend } from "../core/backend.ts";
import type { LocalResponse } from "../core/local-response.ts";
import type { Table } from "../core/table.ts";
import type { RequestHead } from "../wire/message.ts";
import type { AccessLog } from "./access-log.ts";
import type { Deadlines } from "./deadlines.ts";
import type { EventClock } from "./event-clock.ts";
import type { StreamSource } from "./streams.ts";

/** What connections and exchanges find around them: one worker's table, pools, clock and counters. */
export interface Site {
  /** In force now; an exchange keeps the one it began with. */
  readonly table: Table;
  readonly clock: EventClock;
  /** Client connections that are open. */
  readonly connectionCount: number;
  readonly deadlines: Deadlines;
  readonly accessLog: AccessLog;
  /** Connections are to end after the response under way. */
  readonly isDraining: boolean;
  /** A backend has failed too many requests in a row (core/observe.ts). */
  onTrouble(app: App, backend: Backend): void;
  poolOf(app: App, backend: Backend): StreamSource;
  /** Random hexadecimal digits. */
  readonly newHex: (digits: number) => string;
  /** IMF-fixdate of this second. */
  dateText(): string;
  /** Answers a request to the stats listener. */
  answerStats(head: RequestHead): Promise<LocalResponse>;
}
