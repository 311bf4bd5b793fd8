import assert from "node:assert/strict";
import { test } from "node:test";
import { formatEvent } from "../../cli/events.ts";

test("an event is a line: when, of what, what happened and why, then what else is known and not empty", () => {
  const evidence = {
    ...{ priority: 254, source: "192.0.2.11", faults: [], lastAdvertMs: 303.41622, advertIntervalMs: 100 },
    ...{ preempt: "never", advertsSent: 0, advertsReceived: 42, advertsDiscarded: { ttl: 2 } },
  };
  const taken = {
    ...{ level: "info", time: "2026-11-27T23:00:00.000Z", daemon: "vrrp", event: "state", instance: "edge" },
    ...{ from: "Backup", to: "Active", reason: "silence", because: "no advertisement from 192.0.2.12", evidence },
  };
  assert.equal(
    formatEvent(taken),
    "2026-11-27T23:00:00.000Z edge state Backup -> Active because no advertisement from 192.0.2.12 " +
      "[priority 254, source 192.0.2.11, lastAdvertMs 303.4, advertIntervalMs 100, preempt never, " +
      "advertsSent 0, advertsReceived 42, advertsDiscarded (ttl 2)]\n",
  );
  const started = { level: "info", time: "2026-11-27T22:00:00.000Z", daemon: "vrrp", event: "stopped" };
  assert.equal(formatEvent(started), "2026-11-27T22:00:00.000Z stopped\n");
  const problems = ["the other host is Fault", "it hears nobody"];
  assert.equal(
    formatEvent({ ...started, event: "standby", instance: "edge", isReady: false, problems }),
    "2026-11-27T22:00:00.000Z edge standby [isReady false, problems the other host is Fault; it hears nobody]\n",
  );
});
