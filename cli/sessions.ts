import { type Session, type SessionsResult, sessionsResultSchema } from "../config/sessions.ts";
import { askStatus } from "../daemon/status-socket.ts";
import { done, failed, type Outcome } from "./outcome.ts";
import { type Places, statusSocketBelow } from "./places.ts";

const ANSWER_WAIT_MS = 10_000;

/** Which of them. */
export type SessionsWanted = { readonly app?: string; readonly backend?: string; readonly max: number };

/** Shows who is connected to this host's proxy, as a person reads it or as JSON, a session a line. */
export async function listSessions(
  places: Places,
  wanted: SessionsWanted,
  form: "text" | "json",
  show: (text: string) => void,
): Promise<Outcome> {
  const answer = await askStatus(
    statusSocketBelow(places, "proxy"),
    { request: "sessions", ...wanted },
    ANSWER_WAIT_MS,
  );
  const result = sessionsResultSchema.safeParse(answer);
  if (!result.success) return failed(`the proxy does not know sessions: ${JSON.stringify(answer)}`);
  if (form === "text") show(formatSessions(result.data));
  else show(result.data.sessions.map((session) => `${JSON.stringify(session)}\n`).join(""));
  return done;
}

const TITLES = ["CLIENT", "LISTENER", "IS", "STAGE", "APP", "BACKEND", "AGE", "IN", "OUT", "ASKED"];

/** A table, and how many there are. */
export function formatSessions({ sessions, total }: SessionsResult): string {
  const rows = [TITLES, ...sessions.map(cellsOf)];
  const widths = TITLES.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const counted = sessions.length === total ? `${total} sessions` : `${sessions.length} of ${total} sessions`;
  return `${[...lines, counted].join("\n")}\n`;
}

function cellsOf({ client, listener, kind, stage, app, backend, ageMs, bytesIn, bytesOut, asked }: Session): string[] {
  const age = `${(ageMs / 1_000).toFixed(1)} s`;
  return [
    client,
    listener,
    kind,
    stage ?? "-",
    app ?? "-",
    backend ?? "-",
    age,
    `${bytesIn}`,
    `${bytesOut}`,
    asked ?? "",
  ];
}
