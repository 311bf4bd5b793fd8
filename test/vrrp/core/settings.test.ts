import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDocument } from "../../../config/document.ts";
import { formatProblem } from "../../../config/problems.ts";
import { type VrrpConfig, vrrpDocument } from "../../../config/vrrp.ts";
import { buildSettings, isOtherRouter } from "../../../vrrp/core/settings.ts";
import { leaseRenewalMs, leaseSeconds } from "../../../vrrp/core/timers.ts";

const EDGE = { instance: "edge", vrid: 51, priority: 254, addresses: ["2001:DB8::100/64"] };
const text = (...lines: object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");
const parse = (...lines: object[]): VrrpConfig => {
  const parsed = parseDocument(vrrpDocument, text({ vrrp: "lb1" }, ...lines));
  assert.ok(parsed.ok);
  return parsed.value;
};
const build = (fields: object) => {
  const instance = parse({ ...EDGE, ...fields }).instances["edge"];
  assert.ok(instance);
  return buildSettings("edge", instance);
};

test("settings have canonical addresses, their family, and a schedule of announcements", () => {
  const settings = build({ peers: ["FE80::0001"] });
  assert.deepEqual(settings.addresses, [{ address: "2001:db8::100", prefixLength: 64, family: 6 }]);
  assert.equal(settings.family, 6);
  assert.deepEqual(settings.peers, ["fe80::1"]);
  assert.deepEqual(settings.announceOffsetsMs, [0, 50, 200, 1_000, 5_000]);
});

test("an address may have a label and an interface of its own", () => {
  const addresses = ["192.0.2.100/24", { address: "198.51.100.1/24", label: "eth0:vip", interface: "eth1" }];
  assert.deepEqual(build({ addresses }).addresses, [
    { address: "192.0.2.100", prefixLength: 24, family: 4 },
    { address: "198.51.100.1", prefixLength: 24, family: 4, label: "eth0:vip", interfaceName: "eth1" },
  ]);
});

test("connections go on where they began after a switchover, but not where others move the addresses", () => {
  const instance = parse(EDGE).instances["edge"] ?? assert.fail();
  assert.equal(buildSettings("edge", instance, 30_000).lingerMs, 30_000);
  assert.equal(buildSettings("edge", { ...instance, isExternal: true }, 30_000).lingerMs, 0);
});

test("announcements that fall together are made once", () => {
  assert.deepEqual(build({ announceDelayMs: 50 }).announceOffsetsMs, [0, 50, 200, 250]);
  assert.deepEqual(build({ announceDelayMs: 0 }).announceOffsetsMs, [0, 50, 200]);
});

test("another VRID, version, interface or peer is another router; another priority or address is not", () => {
  const before = build({});
  for (const fields of [{ vrid: 52 }, { interface: "eth1" }, { peers: ["fe80::2"] }]) {
    assert.equal(isOtherRouter(before, build(fields)), true, JSON.stringify(fields));
  }
  for (const fields of [
    { priority: 1 },
    { addresses: ["2001:db8::1/64"] },
    { advertIntervalMs: 20 },
    { preempt: "always" },
  ]) {
    assert.equal(isOtherRouter(before, build(fields)), false, JSON.stringify(fields));
  }
});

test("a lease is as long as the others wait, in whole seconds, and is renewed in time", () => {
  assert.deepEqual([leaseSeconds(300.8), leaseRenewalMs(300.8)], [1, 400]);
  assert.deepEqual([leaseSeconds(3_609), leaseRenewalMs(3_609)], [3, 1_200]);
});

const bad: [fields: object, problem: string][] = [
  [
    { addresses: [{ address: "2001:db8::100/64", label: "eth0:vip" }] },
    'vrrp.jsonl: instances.edge.addresses: got {"address":"2001:db8::100/64","label":"eth0:vip"}, want no label, which IPv6 addresses can\'t have',
  ],
  [
    { addresses: [{ address: "2001:db8::100" }] },
    'vrrp.jsonl: instances.edge.addresses.0.address: got "2001:db8::100", want an address with prefix length, like 203.0.113.10/24',
  ],
  [{ vrid: 0 }, "vrrp.jsonl: instances.edge.vrid: got 0, want an integer 1..255"],
  [{ priority: 255 }, "vrrp.jsonl: instances.edge.priority: got 255, want an integer 1..254"],
  [
    { version: 2, addresses: ["192.0.2.1/24"] },
    "vrrp.jsonl: instances.edge.advertIntervalMs: got 100, want whole seconds in version 2, like 1000",
  ],
  [
    { advertIntervalMs: 15 },
    "vrrp.jsonl: instances.edge.advertIntervalMs: got 15, want 10..40950 in steps of 10 in version 3",
  ],
  [
    { preempt: "sometimes" },
    'vrrp.jsonl: instances.edge.preempt: got "sometimes", want one of never, when-healthier, always',
  ],
];
for (const [fields, problem] of bad) {
  test(`a mistake is named: ${problem}`, () => {
    const parsed = parseDocument(vrrpDocument, text({ vrrp: "lb1" }, { ...EDGE, ...fields }));
    assert.ok(!parsed.ok);
    assert.deepEqual(
      parsed.problems.map((found) => formatProblem("vrrp.jsonl", found)),
      [problem],
    );
  });
}

test("two instances share neither a VRID on one link nor an address", () => {
  const other = { instance: "other", vrid: 51, priority: 1, addresses: ["2001:db8::200/64", "2001:db8::100/128"] };
  const parsed = parseDocument(vrrpDocument, text({ vrrp: "lb1" }, EDGE, other));
  assert.ok(!parsed.ok);
  assert.deepEqual(
    parsed.problems.map((found) => formatProblem("vrrp.jsonl", found)),
    [
      'vrrp.jsonl: instances.other.vrid: got 51, want a VRID that instance "edge" does not have',
      'vrrp.jsonl: instances.other.addresses: got "2001:db8::100/128", want an address that instance "edge" does not have',
    ],
  );
});

test("a VRID may serve once for each family and once on each link", () => {
  const four = { instance: "four", vrid: 51, priority: 1, addresses: ["192.0.2.100/24"] };
  const elsewhere = { instance: "elsewhere", vrid: 51, priority: 1, interface: "eth1", addresses: ["192.0.2.200/24"] };
  assert.deepEqual(Object.keys(parse(EDGE, four, elsewhere).instances), ["edge", "four", "elsewhere"]);
});
