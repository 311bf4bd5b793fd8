import assert from "node:assert/strict";
import { test } from "node:test";
import { countTransition, type TransitionCount } from "../../../vrrp/core/reason.ts";

test("changes of state are counted by where from, where to and why", () => {
  const silence = { from: "backup", to: "active", reason: "silence" } as const;
  const resigned = { from: "backup", to: "active", reason: "resigned" } as const;
  const counts = [silence, resigned, silence].reduce<readonly TransitionCount[]>(countTransition, []);
  assert.deepEqual(counts, [
    { from: "backup", to: "active", reason: "silence", count: 2 },
    { from: "backup", to: "active", reason: "resigned", count: 1 },
  ]);
});
