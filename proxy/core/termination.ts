import type { Failure } from "./failure.ts";

// How an exchange ended, in HAProxy's two letters: who ended it, and when.

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
      return "PR";
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
    case "fellSilent":
      return "sD";
  }
}
