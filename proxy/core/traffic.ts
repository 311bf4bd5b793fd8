import type { AfterFailure, Failure } from "./failure.ts";
import type { Ending, Stage } from "./termination.ts";

/** What is counted for a listener, an app and a backend; plain numbers, so that workers' counts can be added. */
export type Traffic = {
  /** Connections of a listener, exchanges of an app or backend: under way, most at once, all so far. */
  sessions: number;
  sessionsMax: number;
  sessionsTotal: number;
  requestsTotal: number;
  bytesIn: number;
  bytesOut: number;
  /** Responses by the first digit of their status; index 0: any other. */
  readonly responses: number[];
  /** Requests that wait for a backend: now, most at once. */
  queued: number;
  queuedMax: number;
  /** Requests and connections that a limit or a rule has turned away. */
  denied: number;
  /** Time that all requests have spent, ms: waiting, connecting, until the response's head, altogether. */
  queueMs: number;
  connectMs: number;
  responseMs: number;
  totalMs: number;
  requestErrors: number;
  connectErrors: number;
  responseErrors: number;
  retries: number;
  redispatches: number;
  clientAborts: number;
  backendAborts: number;
  /** Of a listener: handshakes that came to nothing, by the position in HANDSHAKE_FAULTS; as short as may be. */
  readonly handshakes: number[];
  /** Sessions per second: the second that is being counted, its count, the last full second's, the highest. */
  readonly rate: { second: number; count: number; last: number; max: number };
};

export function newTraffic(): Traffic {
  return {
    sessions: 0,
    sessionsMax: 0,
    sessionsTotal: 0,
    requestsTotal: 0,
    bytesIn: 0,
    bytesOut: 0,
    responses: [0, 0, 0, 0, 0, 0],
    queued: 0,
    queuedMax: 0,
    denied: 0,
    queueMs: 0,
    connectMs: 0,
    responseMs: 0,
    totalMs: 0,
    requestErrors: 0,
    connectErrors: 0,
    responseErrors: 0,
    retries: 0,
    redispatches: 0,
    clientAborts: 0,
    backendAborts: 0,
    handshakes: [],
    rate: { second: 0, count: 0, last: 0, max: 0 },
  };
}

/** @param nowMs  monotonic */
export function beginSession(traffic: Traffic, nowMs: number): void {
  traffic.sessions++;
  traffic.sessionsTotal++;
  if (traffic.sessions > traffic.sessionsMax) traffic.sessionsMax = traffic.sessions;
  turnRate(traffic, nowMs);
  const { rate } = traffic;
  rate.count++;
  if (rate.count > rate.max) rate.max = rate.count;
}

export function endSession(traffic: Traffic): void {
  traffic.sessions--;
}

export function beginWait(traffic: Traffic): void {
  traffic.queued++;
  if (traffic.queued > traffic.queuedMax) traffic.queuedMax = traffic.queued;
}

export function endWait(traffic: Traffic): void {
  traffic.queued--;
}

/** Sessions begun in the last full second. */
export function currentRate(traffic: Traffic, nowMs: number): number {
  turnRate(traffic, nowMs);
  return traffic.rate.last;
}

function turnRate({ rate }: Traffic, nowMs: number): void {
  const second = Math.floor(nowMs / 1_000);
  if (second === rate.second) return;
  rate.last = second === rate.second + 1 ? rate.count : 0;
  rate.second = second;
  rate.count = 0;
}

/** What an exchange was, at its end. */
export type ExchangeFacts = {
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly ending: Ending;
  readonly stage: Stage;
  readonly spent: TimeSpent;
};

/** What the time of an exchange went into, ms; 0 for what it did not come to. */
export type TimeSpent = {
  readonly queueMs: number;
  readonly connectMs: number;
  readonly responseMs: number;
  readonly totalMs: number;
};

export const NO_TIME: TimeSpent = { queueMs: 0, connectMs: 0, responseMs: 0, totalMs: 0 };

/** Adds an exchange to the counts of one of those it concerned. */
export function countExchange(traffic: Traffic, facts: ExchangeFacts): void {
  const { status, bytesIn, bytesOut, ending, stage, spent } = facts;
  traffic.requestsTotal++;
  traffic.bytesIn += bytesIn;
  traffic.bytesOut += bytesOut;
  traffic.queueMs += spent.queueMs;
  traffic.connectMs += spent.connectMs;
  traffic.responseMs += spent.responseMs;
  traffic.totalMs += spent.totalMs;
  const digit = status >= 100 && status < 600 ? Math.floor(status / 100) : 0;
  traffic.responses[digit] = (traffic.responses[digit] ?? 0) + 1;
  switch (ending.kind) {
    case "complete":
    case "local":
      return;
    case "refused":
      traffic.requestErrors++;
      return;
    case "denied":
      traffic.denied++;
      return;
    case "clientClosed":
    case "clientTimedOut":
      traffic.clientAborts++;
      if (stage === "request") traffic.requestErrors++;
      return;
    case "backendTimedOut":
    case "shutDown":
    case "failed":
      if (stage === "data") traffic.backendAborts++;
      if (stage !== "connect") traffic.responseErrors++;
      return;
  }
}

/** Adds a failed attempt to the counts of the backend that failed. */
export function countFailure(traffic: Traffic, failure: Failure, next: AfterFailure): void {
  if (failure === "connectRefused" || failure === "connectTimeout") traffic.connectErrors++;
  if (next.kind === "retryFresh" || next.kind === "retryElsewhere") traffic.retries++;
  if (next.kind === "retryElsewhere") traffic.redispatches++;
}
