import type { SessionsResult } from "../../config/sessions.ts";
import type { Standing } from "../core/backend.ts";
import type { CountReport } from "../core/counts.ts";
import type { Slots } from "../core/slots.ts";
import type { Configuration } from "./config-dir.ts";
import type { SessionFilter } from "./session-view.ts";
import type { Worker } from "./worker.ts";

// What the daemon and its workers say to each other, over the runtime's own channel between parent and child.
// Listening sockets go beside it (daemon/ffi/descriptors.ts) and are there before the message that needs them.

/** What is said of backends, where it is not that they are up and ready; by their key (core/backend.ts). */
export type Standings = Readonly<Record<string, Standing>>;

export type ToWorker =
  /** Take what can fail; answered by `prepared`. */
  | {
      readonly kind: "prepare";
      readonly id: number;
      readonly configuration: Configuration;
      /** Number of the worker, from 0. */
      readonly index: number;
      /** Where it counts together with the others, and how many these are (core/shared-counts.ts). */
      readonly columns: number;
      readonly slots: Slots;
    }
  | { readonly kind: "commit"; readonly id: number; readonly standings: Standings }
  | { readonly kind: "rollback"; readonly id: number }
  | { readonly kind: "standing"; readonly key: string; readonly standing: Standing }
  /** The backend of this key may have a session for somebody who waits here. */
  | { readonly kind: "turn"; readonly key: string }
  /** Answered by `answer`. */
  | { readonly kind: "ask"; readonly id: number; readonly question: WorkerQuestion }
  /** Accept nothing more, let what is under way end, and go. */
  | { readonly kind: "drain"; readonly drainMs: number; readonly isPatient: boolean };

export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "prepared"; readonly id: number; readonly problem: string | undefined }
  /** Requests to a backend fail (core/observe.ts). */
  | { readonly kind: "trouble"; readonly key: string }
  /** As {@link Doorkeeper.onLoneTickets}. */
  | { readonly kind: "loneTickets"; readonly listenerName: string; readonly because: string }
  /** The backend of this key has a session to spare, and the first who waits for one waits elsewhere. */
  | { readonly kind: "pass"; readonly key: string }
  | { readonly kind: "answer"; readonly id: number; readonly answer: WorkerAnswer }
  /** Also a sign of life: comes at every {@link REPORT_MS}. */
  | {
      readonly kind: "counts";
      readonly connections: number;
      /** Of its access log, since its start. */
      readonly droppedLines: number;
      readonly report: CountReport;
    };

/** What only the worker knows, or can do, that has the connections. */
export type WorkerQuestion =
  | { readonly kind: "sessions"; readonly filter: SessionFilter }
  | { readonly kind: "shutDown"; readonly key: string; readonly why: "operator" | "markedDown" };

export type WorkerAnswer = SessionsResult & { readonly ended: number };

/** How often a worker tells what it has counted. */
export const REPORT_MS = 500;

/** Descriptor of a worker on which it gets its listening sockets: the first after the standard ones and the channel. */
export const DESCRIPTOR_WAY = 4;

/** A worker's answer, wherever it serves. */
export function answerOf(worker: Worker, question: WorkerQuestion): WorkerAnswer {
  switch (question.kind) {
    case "sessions":
      return { ...worker.sessions(question.filter), ended: 0 };
    case "shutDown":
      return { sessions: [], total: 0, ended: worker.shutDown(question.key, question.why) };
  }
}
