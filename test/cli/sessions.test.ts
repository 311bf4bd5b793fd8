import assert from "node:assert/strict";
import { test } from "node:test";
import { formatSessions } from "../../cli/sessions.ts";

test("sessions are a table, with what is not known as a dash, and a count", () => {
  const text = formatSessions({
    sessions: [
      { client: "192.0.2.1:5001", listener: "https", kind: "idle", ageMs: 1_200, bytesIn: 0, bytesOut: 0 },
      {
        client: "192.0.2.2:80",
        listener: "https",
        kind: "tunnel",
        stage: "data",
        app: "app1",
        backend: "web1",
        asked: "GET /app1/chat",
        ageMs: 61_000,
        bytesIn: 12,
        bytesOut: 3_456,
      },
    ],
    total: 7,
  });
  assert.equal(
    text,
    [
      "CLIENT          LISTENER  IS      STAGE  APP   BACKEND  AGE     IN  OUT   ASKED",
      "192.0.2.1:5001  https     idle    -      -     -        1.2 s   0   0",
      "192.0.2.2:80    https     tunnel  data   app1  web1     61.0 s  12  3456  GET /app1/chat",
      "2 of 7 sessions",
      "",
    ].join("\n"),
  );
});
