import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeConditions } from "../../../vrrp/core/eligibility.ts";
import {
  emptyNetwork,
  type HostNetwork,
  installedPrefixLength,
  learnNetwork,
  placeRouter,
} from "../../../vrrp/core/network.ts";
import type { InterfaceAddress, Link } from "../../../vrrp/wire/rtnetlink.ts";
import { settings } from "./fixtures.ts";

const link = (index: number, name: string, given: Partial<Link> = {}): Link => ({
  index,
  name,
  mac: `02:00:00:00:00:0${index}`,
  isLoopback: false,
  isRunning: true,
  ...given,
});
const address = (
  interfaceIndex: number,
  text: string,
  prefixLength: number,
  given: Partial<InterfaceAddress> = {},
) => ({
  interfaceIndex,
  family: text.includes(":") ? (6 as const) : (4 as const),
  address: text,
  prefixLength,
  protocol: 0,
  isLinkLocal: false,
  isTentative: false,
  ...given,
});
const network = (links: Link[], addresses: InterfaceAddress[]): HostNetwork => ({
  links: new Map(links.map((known) => [known.index, known])),
  addresses,
});

const VIRTUAL = new Set(["192.0.2.100"]);
const LO = link(1, "lo", { isLoopback: true });
const ETH0 = link(2, "eth0");
const ETH1 = link(3, "eth1");
const usual = network([LO, ETH0, ETH1], [address(2, "198.51.100.1", 24), address(3, "192.0.2.11", 24)]);

test("the interface is the one whose own network contains the first address", () => {
  assert.deepEqual(placeRouter(settings, usual, VIRTUAL), { ok: true, link: ETH1, source: "192.0.2.11" });
});

test("the interface can be named, and then its own address is the source, whatever its network", () => {
  const named = { ...settings, interfaceName: "eth0" };
  assert.deepEqual(placeRouter(named, usual, VIRTUAL), { ok: true, link: ETH0, source: "198.51.100.1" });
});

test("RFC9568-5.1.1.1: a virtual address is never the source, and never chooses the interface", () => {
  const left = network([ETH0, ETH1], [address(2, "192.0.2.100", 24), address(3, "192.0.2.11", 24)]);
  assert.deepEqual(placeRouter(settings, left, VIRTUAL), { ok: true, link: ETH1, source: "192.0.2.11" });
  const marked = network([ETH0], [address(2, "192.0.2.99", 24, { protocol: 112 })]);
  assert.deepEqual(placeRouter({ ...settings, interfaceName: "eth0" }, marked, VIRTUAL), {
    ok: false,
    because: "interface eth0: no own address to send from",
  });
});

test("over IPv6 with unicast the source is of the kind of the peers' addresses", () => {
  const own = network([ETH0], [address(2, "fe80::1", 64, { isLinkLocal: true }), address(2, "2001:db8::11", 64)]);
  const source = (peer: string) => {
    const placed = placeRouter({ ...settings, family: 6, interfaceName: "eth0", peers: [peer] }, own, VIRTUAL);
    return placed.ok ? placed.source : placed.because;
  };
  assert.deepEqual(
    [source("2001:db8::12"), source("fe80::2"), source("febf::2")],
    ["2001:db8::11", "fe80::1", "fe80::1"],
  );
});

test("RFC9568-5.1.2.1: over IPv6 the source is link-local, and usable", () => {
  const six = {
    ...settings,
    family: 6 as const,
    addresses: [{ address: "2001:db8::100", prefixLength: 64, family: 6 as const }],
  };
  const own = [
    address(3, "2001:db8::11", 64),
    address(3, "fe80::1", 64, { isLinkLocal: true, isTentative: true }),
    address(3, "fe80::2", 64, { isLinkLocal: true }),
  ];
  assert.deepEqual(placeRouter(six, network([ETH1], own), new Set(["2001:db8::100"])), {
    ok: true,
    link: ETH1,
    source: "fe80::2",
  });
});

const nowhere: [string, HostNetwork, string | undefined, string][] = [
  [
    "no fitting network",
    network([ETH0], []),
    undefined,
    "no interface has an own address in the network of 192.0.2.100",
  ],
  ["an absent interface", usual, "eth7", "interface eth7: absent"],
  [
    "a loopback",
    network([LO], [address(1, "192.0.2.11", 24)]),
    undefined,
    "interface lo: a loopback has no neighbours",
  ],
  [
    "a cut cable",
    network([link(3, "eth1", { isRunning: false })], usual.addresses as InterfaceAddress[]),
    undefined,
    "interface eth1: down or without carrier",
  ],
];
for (const [name, host, interfaceName, because] of nowhere) {
  test(`${name}: the router lives nowhere, and says why`, () => {
    assert.deepEqual(placeRouter({ ...settings, interfaceName }, host, VIRTUAL), { ok: false, because });
  });
}

test("an address is set alone where the host has one of its own in the network, and with its prefix where not", () => {
  const virtual = { address: "192.0.2.100", prefixLength: 24, family: 4 as const };
  assert.equal(installedPrefixLength(virtual, usual, VIRTUAL, 3), 32);
  assert.equal(installedPrefixLength(virtual, usual, VIRTUAL, 2), 24);
  assert.equal(installedPrefixLength({ address: "2001:db8::1", prefixLength: 64, family: 6 }, usual, VIRTUAL, 2), 64);
});

test("what the kernel tells is learned: links and addresses come, change and go", () => {
  const told = [
    { kind: "link", isGone: false, link: ETH0 } as const,
    { kind: "link", isGone: false, link: ETH1 } as const,
    { kind: "address", isGone: false, address: address(2, "192.0.2.11", 24) } as const,
    { kind: "address", isGone: false, address: address(2, "192.0.2.11", 24, { isTentative: true }) } as const,
    { kind: "address", isGone: false, address: address(2, "192.0.2.100", 32) } as const,
    { kind: "link", isGone: false, link: { ...ETH0, isRunning: false } } as const,
    { kind: "address", isGone: true, address: address(2, "192.0.2.100", 32) } as const,
    { kind: "link", isGone: true, link: ETH1 } as const,
    { kind: "other" } as const,
  ];
  assert.deepEqual(
    told.reduce(learnNetwork, emptyNetwork),
    network([{ ...ETH0, isRunning: false }], [address(2, "192.0.2.11", 24, { isTentative: true })]),
  );
});

test("an address that is told again, as when its lease is renewed, is nothing new; one that is told otherwise is", () => {
  const told = (isTentative: boolean) =>
    ({ kind: "address", isGone: false, address: address(2, "192.0.2.100", 32, { isTentative }) }) as const;
  const known = learnNetwork(usual, told(false));
  assert.equal(learnNetwork(known, told(false)), known);
  const changed = learnNetwork(known, told(true));
  assert.deepEqual(changed.addresses, [...usual.addresses, address(2, "192.0.2.100", 32, { isTentative: true })]);
});

const tracking = { isEnabled: true, silenceMs: 1_000, weight: 0 };
const well = { isHealthy: true, because: "" };
const dead = { isHealthy: false, because: "closed the connection" };
const placed = placeRouter(settings, usual, VIRTUAL);
const judge = (weight: number, proxy = well, priority = 128) =>
  judgeConditions({ ...settings, priority }, { ...tracking, weight }, placed, usual, proxy);

test("a dead proxy makes the host unable, and a live one able", () => {
  assert.deepEqual(judge(0), { faults: [], priority: 128, source: "192.0.2.11" });
  assert.deepEqual(judge(0, dead).faults, ["proxy: closed the connection"]);
});

test("a proxy that is not tracked does not matter", () => {
  const off = judgeConditions(settings, { ...tracking, isEnabled: false, weight: 5 }, placed, usual, dead);
  assert.deepEqual(off, { faults: [], priority: 128, source: "192.0.2.11" });
});

const weights: [weight: number, proxy: typeof well, base: number, expected: number][] = [
  [2, well, 101, 103],
  [2, dead, 101, 101],
  [-30, well, 101, 101],
  [-30, dead, 101, 71],
  [-253, dead, 101, 1],
  [253, well, 101, 254],
  [253, well, 255, 255],
];
for (const [weight, proxy, base, expected] of weights) {
  test(`weight ${weight}, proxy ${proxy.isHealthy ? "well" : "dead"}: priority ${base} counts as ${expected}`, () => {
    assert.deepEqual(judge(weight, proxy, base), { faults: [], priority: expected, source: "192.0.2.11" });
  });
}

test("tracked interfaces must be there and running; all reasons are told", () => {
  const host = network([ETH1, link(4, "eth2", { isRunning: false })], usual.addresses as InterfaceAddress[]);
  const asking = { ...settings, trackInterfaces: ["eth1", "eth2", "eth9"] };
  const { faults } = judgeConditions(asking, tracking, placeRouter(asking, host, VIRTUAL), host, dead);
  assert.deepEqual(faults, [
    "tracked interface eth2: down or without carrier",
    "tracked interface eth9: absent",
    "proxy: closed the connection",
  ]);
});
