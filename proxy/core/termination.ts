import type { Failure } from "./failure.ts";

// How an exchange ended, in HAProxy's two letters: who ended it, and when. Of those that HAProxy documents, these can't
// come: CT and PT (nobody is held in a tarpit), LH and others of L but LR (the proxy answers before a backend is asked, or
// not), RC (the runtimes do not tell whose descriptors or ports ran out: SC), U (a backup keeps its sessions when others
// come back), I (what the code does not expect ends the worker, not a request), and a server's time over before it has
// the request, as in sR.

/** How far an exchange has come. */
export type Stage = "request" | "queue" | "connect" | "headers" | "data";

export type Ending =
  | { readonly kind: "complete" }
  /** The proxy answered by itself. */
  | { readonly kind: "local" }
  | { readonly kind: "refused" }
  /** A limit or a rule has turned it away. */
  | { readonly kind: "denied" }
  | { readonly kind: "clientClosed" }
  | { readonly kind: "clientTimedOut" }
  /** Of a connection that is carried as it is: the backend fell silent. */
  | { readonly kind: "backendTimedOut" }
  /** An operator has ended the backend's sessions, or the app wants none at one that is down. */
  | { readonly kind: "shutDown"; readonly why: "operator" | "markedDown" }
  | { readonly kind: "failed"; readonly failure: Failure };

/** What it is for an exchange that its client has closed its connection, fallen silent, or sent a body that can't be read. */
export const CLIENT_ENDING = {
  closed: { kind: "clientClosed" },
  timedOut: { kind: "clientTimedOut" },
  badBody: { kind: "refused" },
} as const satisfies Readonly<Record<string, Ending>>;

const STAGE_LETTER: Readonly<Record<Stage, string>> = {
  request: "R",
  queue: "Q",
  connect: "C",
  headers: "H",
  data: "D",
};

/** The two letters of an ending. */
export function terminationCode(ending: Ending, stage: Stage): string {
  switch (ending.kind) {
    case "complete":
      return "--";
    case "local":
      return "LR";
    case "refused":
    case "denied":
      return stage === "data" ? "PD" : "PR";
    case "clientClosed":
      return `C${STAGE_LETTER[stage]}`;
    case "clientTimedOut":
      return `c${STAGE_LETTER[stage]}`;
    case "backendTimedOut":
      return `s${STAGE_LETTER[stage]}`;
    case "shutDown":
      return `${ending.why === "operator" ? "K" : "D"}${STAGE_LETTER[stage]}`;
    case "failed":
      return failureCode(ending.failure);
  }
}

function failureCode(failure: Failure): string {
  switch (failure) {
    case "noBackend":
    case "connectRefused":
      return "SC";
    case "queueTimeout":
      return "sQ";
    case "queueFull":
      return "PC";
    case "connectTimeout":
      return "sC";
    case "closedEarly":
      return "SH";
    case "responseTimeout":
      return "sH";
    case "badResponse":
      return "PH";
    case "cutShort":
      return "SD";
    case "badBody":
      return "PD";
    case "fellSilent":
      return "sD";
  }
}
