import assert from "node:assert/strict";
import { test } from "node:test";
import {
  architectureProblems,
  orderByStanding,
  readStanding,
  type Standing,
} from "../../components/render/standing.ts";

const PLANNED = ["lb2", "lb1"];
const standby: Standing = { isInstalled: true, owned: 0, architecture: "x64" };
const active: Standing = { isInstalled: true, owned: 1, architecture: "x64" };
const fresh: Standing = { isInstalled: false, owned: 0, architecture: "x64" };

const CASES: readonly [what: string, standings: Record<string, Standing>, order: string[]][] = [
  ["nobody answers: as planned", {}, ["lb2", "lb1"]],
  ["the standby is the one that was planned so", { lb1: active, lb2: standby }, ["lb2", "lb1"]],
  ["the hosts have changed roles: the standby first", { lb1: standby, lb2: active }, ["lb1", "lb2"]],
  [
    "machines with nothing on them: the preferred one first, so that it becomes Active",
    { lb1: fresh, lb2: fresh },
    ["lb1", "lb2"],
  ],
  ["a new machine beside one that serves", { lb1: fresh, lb2: active }, ["lb1", "lb2"]],
  ["a host that does not answer is tried before the other is touched", { lb2: active }, ["lb1", "lb2"]],
  ["nobody is Active: as planned", { lb1: standby, lb2: standby }, ["lb2", "lb1"]],
  ["both are Active for something: as planned", { lb1: active, lb2: active }, ["lb2", "lb1"]],
  ["one has two of three addresses", { lb1: active, lb2: { ...active, owned: 2 } }, ["lb1", "lb2"]],
];

for (const [what, standings, order] of CASES) {
  test(`the order of changes: ${what}`, () => {
    assert.deepEqual(orderByStanding(PLANNED, standings), order);
  });
}

const ANSWER = `installed
machine aarch64
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: eth0    inet 203.0.113.11/24 brd 203.0.113.255 scope global eth0\\       valid_lft forever preferred_lft forever
2: eth0    inet 203.0.113.10/24 scope global secondary eth0\\       valid_lft forever preferred_lft forever
2: eth0    inet6 2001:db8:113::10/64 scope global nodad \\       valid_lft forever preferred_lft forever
`;

test("how a host stands is read from its addresses, however they were written", () => {
  assert.deepEqual(readStanding(ANSWER, ["203.0.113.10"]), { isInstalled: true, owned: 1, architecture: "arm64" });
  assert.deepEqual(readStanding(ANSWER, ["203.0.113.1", "203.0.113.9"]).owned, 0);
  assert.equal(readStanding(ANSWER, ["2001:0DB8:113:0::10"]).owned, 1);
  assert.deepEqual(readStanding("", ["203.0.113.10"]), { isInstalled: false, owned: 0, architecture: undefined });
});

test("a machine that is another than declared is told, whatever it is; one that does not answer is not", () => {
  const standings = { lb1: active, lb2: { ...standby, architecture: "riscv64" } };
  const declared = { lb1: "arm64", lb2: "x64" };
  const problem = (host: string, got: string, found: string) => ({
    path: `hosts.${host}.architecture`,
    got: JSON.stringify(got),
    want: `${JSON.stringify(found)}, which is what the host is`,
  });
  assert.deepEqual(architectureProblems(declared, standings), [
    problem("lb1", "arm64", "x64"),
    problem("lb2", "x64", "riscv64"),
  ]);
  assert.deepEqual(architectureProblems({ lb1: "x64", lb2: "x64" }, { lb1: active }), []);
});
