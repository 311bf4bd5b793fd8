import { type OPERATOR_STATES, reloadResultSchema } from "../config/status.ts";
import { askStatus } from "../daemon/status-socket.ts";
import { done, failed, type Outcome } from "./outcome.ts";
import { type Places, statusSocketBelow } from "./places.ts";

export type OperatorState = (typeof OPERATOR_STATES)[number];

const ANSWER_WAIT_MS = 5_000;

/** Tells this host's proxy what to do with a backend, until told otherwise. */
export async function setBackendState(
  places: Places,
  app: string,
  backend: string,
  state: OperatorState,
): Promise<Outcome> {
  const request = { request: "backend", app, backend, state } as const;
  const answer = await askStatus(statusSocketBelow(places, "proxy"), request, ANSWER_WAIT_MS);
  const result = reloadResultSchema.safeParse(answer);
  if (!result.success) return failed(`the proxy does not know states of backends: ${JSON.stringify(answer)}`);
  return result.data.isOk ? done : failed(...result.data.problems);
}
