import { shutdownResultSchema } from "../config/sessions.ts";
import { OPERATOR_STATES, type StatusQuestion } from "../config/status.ts";
import { askStatus } from "../daemon/status-socket.ts";
import { done, failed, type Outcome } from "./outcome.ts";
import { type Places, statusSocketBelow } from "./places.ts";

/** What an operator may do with a backend, in HAProxy's words. */
export const BACKEND_ORDERS = [...OPERATOR_STATES, "weight", "shutdown"] as const;
export type BackendOrder = (typeof BACKEND_ORDERS)[number];

const ANSWER_WAIT_MS = 10_000;
const WEIGHT = "0..256, percent of the document's weight as in 50%, or nothing for the document's";

/**
 * Tells this host's proxy what to do with a backend; a state or a weight holds until told otherwise.
 *
 * @param value  of a weight
 * @param show  gets what there is to tell beside the outcome
 */
export async function orderBackend(
  places: Places,
  app: string,
  backend: string,
  order: BackendOrder,
  value: string | undefined,
  show: (text: string) => void,
): Promise<Outcome> {
  if (value !== undefined && order !== "weight") {
    return failed(`value: got ${JSON.stringify(value)}, want none for ${order}`);
  }
  const question = questionOf(app, backend, order, value);
  if (question === undefined) return failed(`weight: got ${JSON.stringify(value)}, want ${WEIGHT}`);
  const answer = await askStatus(statusSocketBelow(places, "proxy"), question, ANSWER_WAIT_MS);
  const result = shutdownResultSchema.safeParse(answer);
  if (!result.success) return failed(`the proxy does not know orders for backends: ${JSON.stringify(answer)}`);
  if (!result.data.isOk) return failed(...result.data.problems);
  if (order === "shutdown") show(`${result.data.ended} ended\n`);
  return done;
}

function questionOf(
  app: string,
  backend: string,
  order: BackendOrder,
  value: string | undefined,
): StatusQuestion | undefined {
  switch (order) {
    case "ready":
    case "drain":
    case "maint":
      return { request: "backend", app, backend, state: order };
    case "shutdown":
      return { request: "shutdown", app, backend };
    case "weight": {
      if (value === undefined) return { request: "weight", app, backend };
      const [, number, percent] = /^([0-9]{1,3})(%?)$/.exec(value) ?? [];
      if (number === undefined || (percent === "" && Number(number) > 256)) return undefined;
      const weight = percent === "" ? { weight: Number(number) } : { percent: Number(number) };
      return { request: "weight", app, backend, weight };
    }
  }
}
