import assert from "node:assert/strict";
import { test } from "node:test";
import type { VrrpStatus } from "../../../config/status.ts";
import { LatenessHistogram } from "../../../vrrp/core/lateness.ts";
import { renderMetrics } from "../../../vrrp/core/metrics.ts";

const status: VrrpStatus = {
  daemon: "vrrp",
  name: 'l"b\\1',
  release: "r1",
  runtime: "node 24",
  pid: 1,
  uptimeMs: 1_500,
  hashes: {},
  lastReload: { isOk: true, problems: [] },
  proxy: { isHealthy: false, because: "gone" },
  control: {
    paths: [{ address: "192.0.2.12", isUp: true, because: "" }],
    peer: null,
    standbyProblems: { edge: ["the other host is Fault"] },
  },
  instances: {
    edge: {
      state: "Active",
      sinceMs: 2_000,
      because: "started",
      vrid: 51,
      interface: "eth0",
      priority: 254,
      addresses: ["192.0.2.100/32", "192.0.2.101/32"],
      activeAddress: null,
      source: "192.0.2.11",
      lastAdvertMs: 250,
      advertsSent: 7,
      resignationsSent: 1,
      advertsReceived: 3,
      resignationsReceived: 2,
      advertsDiscarded: { ttl: 2 },
      oddities: { "other-addresses": 4 },
      checksumForm: "message-only",
      announcementsSent: 6,
      addressesPresent: ["192.0.2.100/32"],
      addressesRestored: 5,
      transitionCounts: [
        { from: "Initialize", to: "Backup", reason: "started", count: 1 },
        { from: "Backup", to: "Active", reason: "silence", count: 2 },
      ],
    },
  },
};

test("metrics say the state, its changes by reason, adverts by kind and fault, addresses, readiness, and escape what names hold", () => {
  const samples = renderMetrics(status)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.replace("lbpair_vrrp_", ""));
  assert.deepEqual(samples, [
    'info{host="l\\"b\\\\1",release="r1",runtime="node 24"} 1',
    "uptime_seconds 1.5",
    "proxy_healthy 0",
    "last_reload_ok 1",
    'state{instance="edge",state="Initialize"} 0',
    'state{instance="edge",state="Backup"} 0',
    'state{instance="edge",state="Active"} 1',
    'state{instance="edge",state="Fault"} 0',
    'state_seconds{instance="edge"} 2',
    'priority{instance="edge"} 254',
    'transitions_total{instance="edge",from="Initialize",to="Backup",reason="started"} 1',
    'transitions_total{instance="edge",from="Backup",to="Active",reason="silence"} 2',
    'adverts_sent_total{instance="edge",kind="ordinary"} 6',
    'adverts_sent_total{instance="edge",kind="resignation"} 1',
    'adverts_received_total{instance="edge",kind="ordinary"} 1',
    'adverts_received_total{instance="edge",kind="resignation"} 2',
    'adverts_discarded_total{instance="edge",reason="ttl"} 2',
    'adverts_odd_total{instance="edge",oddity="other-addresses"} 4',
    'checksum_form{instance="edge",form="message-only"} 1',
    'last_advert_seconds{instance="edge"} 0.25',
    'address_present{instance="edge",address="192.0.2.100/32"} 1',
    'address_present{instance="edge",address="192.0.2.101/32"} 0',
    'addresses_restored_total{instance="edge"} 5',
    'announcements_sent_total{instance="edge"} 6',
    'control_path_up{address="192.0.2.12"} 1',
    'standby_ready{instance="edge"} 0',
  ]);
});

test("lateness is counted into buckets, each with everything below it", () => {
  const histogram = new LatenessHistogram();
  for (const lateMs of [0.05, 0.1, 0.3, 7, 300]) histogram.observe(lateMs);
  const { count, maxMs, buckets } = histogram.snapshot;
  assert.deepEqual([count, maxMs], [5, 300]);
  assert.deepEqual(
    buckets.map((bucket) => bucket.count),
    [2, 2, 3, 3, 3, 3, 4, 4, 4, 4],
  );
  const text = renderMetrics({ ...status, engine: { lateness: histogram.snapshot } });
  assert.match(text, /^# TYPE lbpair_vrrp_timer_lateness_seconds histogram$/m);
  assert.match(text, /^lbpair_vrrp_timer_lateness_seconds_bucket\{le="0\.01"\} 4$/m);
  assert.match(text, /^lbpair_vrrp_timer_lateness_seconds_bucket\{le="\+Inf"\} 5$/m);
  assert.match(text, /^lbpair_vrrp_timer_lateness_seconds_max 0\.3$/m);
});
