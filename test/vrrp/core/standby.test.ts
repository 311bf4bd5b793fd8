import assert from "node:assert/strict";
import { test } from "node:test";
import type { InstanceStatus } from "../../../config/status.ts";
import { type StandbyFacts, standbyProblems, switchoverProblems } from "../../../vrrp/core/standby.ts";

const peer = {
  state: "Backup",
  because: "started",
  priority: 250,
  activeAddress: "192.0.2.11",
  lastAdvertMs: 100,
} as const;
const facts: StandbyFacts = {
  own: { source: "192.0.2.11", priority: 254 } as InstanceStatus,
  peer,
  isSameConfiguration: true,
  advertIntervalMs: 100,
  preempt: "never",
};

const CASES: readonly [name: string, facts: Partial<StandbyFacts>, problems: readonly string[]][] = [
  ["a Backup that hears this host is ready", {}, []],
  ["nobody is not", { peer: undefined }, ["the other host is not heard of on the control channel"]],
  [
    "a host in Fault is not, and says why",
    { peer: { ...peer, state: "Fault", because: "proxy: gone" } },
    ["the other host is Fault: proxy: gone"],
  ],
  [
    "one that follows somebody else is not",
    { peer: { ...peer, activeAddress: "192.0.2.13" } },
    ["the other host follows 192.0.2.13, not 192.0.2.11: it does not hear our advertisements"],
  ],
  [
    "one that has missed three adverts is not",
    { peer: { ...peer, lastAdvertMs: 301 } },
    ["the other host has not heard our advertisements for 301 ms"],
  ],
  [
    "one with another configuration is not",
    { isSameConfiguration: false },
    ["the two hosts have different configurations"],
  ],
];

for (const [name, given, problems] of CASES) {
  test(name, () => assert.deepEqual(standbyProblems({ ...facts, ...given }), problems));
}

test("a switchover that preemption would undo is refused, though the standby is ready", () => {
  assert.deepEqual(standbyProblems({ ...facts, preempt: "always" }), []);
  assert.equal(switchoverProblems({ ...facts, preempt: "always" }).length, 1);
  assert.deepEqual(switchoverProblems({ ...facts, preempt: "when-healthier" }), []);
});
