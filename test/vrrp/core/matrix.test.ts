import assert from "node:assert/strict";
import { test } from "node:test";
import { step } from "../../../vrrp/core/machine.ts";
import type { Event, State } from "../../../vrrp/core/state.ts";
import * as a from "./fixtures.ts";
import { activeCases } from "./matrix/active.ts";
import { backupCases } from "./matrix/backup.ts";
import { faultCases } from "./matrix/fault.ts";
import { initializeCases } from "./matrix/initialize.ts";
import { peerCases } from "./matrix/peer.ts";

const { NOW } = a;
const cases = [...initializeCases, ...faultCases, ...backupCases, ...activeCases, ...peerCases];

for (const { name, state, event, next = {}, effects = [], with: settings = a.settings } of cases) {
  test(name, () => {
    const isOther = next.kind !== undefined && next.kind !== state.kind;
    assert.deepEqual(step(settings, state, event, NOW), { state: isOther ? next : { ...state, ...next }, effects });
  });
}

// A kind that is missing here is an error of types, so that none can be added without its cases.
const STATES: Readonly<Record<State["kind"], true>> = { initialize: true, fault: true, backup: true, active: true };
const EVENTS: Readonly<Record<Event["kind"], true>> = {
  startup: true,
  shutdown: true,
  conditionsChanged: true,
  settingsChanged: true,
  advertReceived: true,
  timerFired: true,
  addressLost: true,
  effectFailed: true,
  peerDied: true,
  peerTold: true,
  takeOver: true,
  handOver: true,
  succeeded: true,
  lingerEnded: true,
  addressSeen: true,
};

test("every state × event pair has a case", () => {
  const states = Object.keys(STATES);
  const events = Object.keys(EVENTS);
  const covered = new Set(cases.map(({ state, event }) => `${state.kind} × ${event.kind}`));
  const missing = states
    .flatMap((state) => events.map((event) => `${state} × ${event}`))
    .filter((p) => !covered.has(p));
  assert.deepEqual(missing, []);
});
