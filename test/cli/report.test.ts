import assert from "node:assert/strict";
import { test } from "node:test";
import { formatReport } from "../../cli/report.ts";
import { vrrpStatusSchema } from "../../config/status.ts";

const status = (state: "Active" | "Backup", addressesPresent: string[]) =>
  vrrpStatusSchema.parse({
    daemon: "vrrp",
    name: "lb1",
    release: "r1",
    runtime: "bun",
    pid: 1,
    uptimeMs: 1,
    hashes: {},
    lastReload: { isOk: true, problems: [] },
    proxy: { isHealthy: true, because: "" },
    instances: {
      main: {
        state,
        sinceMs: 2_000,
        because: "planned switchover to 192.0.2.12",
        vrid: 51,
        interface: "eth0",
        priority: 254,
        addresses: ["192.0.2.100/24"],
        activeAddress: null,
        source: "192.0.2.11",
        lastAdvertMs: null,
        advertsSent: 0,
        advertsReceived: 0,
        advertsDiscarded: {},
        addressesPresent,
      },
    },
  });
const lines = (...given: Parameters<typeof status>) =>
  formatReport({ vrrp: status(...given), proxy: "refused" }).split("\n");

test("a host that gave its addresses away and keeps them for connections under way says so; an Active has them anyway", () => {
  assert.deepEqual(lines("Backup", ["192.0.2.100/24"]), [
    "vrrp      Backup (main: VRID 51 on eth0, priority 254)",
    "because   planned switchover to 192.0.2.12, 2.0 s ago",
    "addresses 192.0.2.100/24, on this host all the same: 192.0.2.100/24",
    "proxy     not answering: refused",
    "",
  ]);
  assert.equal(lines("Backup", [])[2], "addresses 192.0.2.100/24");
  assert.equal(lines("Active", ["192.0.2.100/24"])[2], "addresses 192.0.2.100/24");
});
