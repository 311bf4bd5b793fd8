import type { AppConfig } from "../../config/app.ts";
import type { Failure } from "./failure.ts";

// What an app lets be tried again, and how often: a retry is load that nobody asked
// for, and when all backends stagger, retries are what fells them.

/** An app's rules for retries. */
export type RetryRules = {
  /** Further attempts for one request. */
  readonly attemptsMax: number;
  readonly failures: ReadonlySet<Failure>;
  readonly statuses: ReadonlySet<number>;
  readonly budgetPercent: number;
};

const FAILURE_OF: Readonly<Record<AppConfig["retries"]["on"][number], Failure>> = {
  emptyResponse: "closedEarly",
  junkResponse: "badResponse",
  responseTimeout: "responseTimeout",
};

export function compileRetries({ attemptsMax, on, statuses, budgetPercent }: AppConfig["retries"]): RetryRules {
  return {
    attemptsMax,
    failures: new Set(on.map((word) => FAILURE_OF[word])),
    statuses: new Set(statuses),
    budgetPercent,
  };
}

/** Requests and retries of an app in this span of time and in the one before. */
export type RetryBudget = {
  span: number;
  requests: number;
  retries: number;
  requestsBefore: number;
  retriesBefore: number;
};

/** Two of them are what is looked back upon. */
const SPAN_MS = 5_000;
/** Retries that are always granted, so that a quiet app has any. */
const RETRIES_MIN = 100;

export function newRetryBudget(): RetryBudget {
  return { span: 0, requests: 0, retries: 0, requestsBefore: 0, retriesBefore: 0 };
}

/** @param nowMs  monotonic */
export function countRequest(budget: RetryBudget, nowMs: number): void {
  turn(budget, nowMs);
  budget.requests++;
}

/** Takes one retry from the budget. False: there is none left. */
export function takeRetry(budget: RetryBudget, { budgetPercent }: RetryRules, nowMs: number): boolean {
  turn(budget, nowMs);
  const granted = RETRIES_MIN + ((budget.requests + budget.requestsBefore) * budgetPercent) / 100;
  if (budget.retries + budget.retriesBefore >= granted) return false;
  budget.retries++;
  return true;
}

function turn(budget: RetryBudget, nowMs: number): void {
  const span = Math.floor(nowMs / SPAN_MS);
  if (span === budget.span) return;
  const isNext = span === budget.span + 1;
  budget.requestsBefore = isNext ? budget.requests : 0;
  budget.retriesBefore = isNext ? budget.retries : 0;
  budget.requests = 0;
  budget.retries = 0;
  budget.span = span;
}
