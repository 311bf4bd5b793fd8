import * as a from "../fixtures.ts";
import {
  addressLost,
  advertReceived,
  type Case,
  conditionsChanged,
  effectFailed,
  freshActive,
  SILENT,
  settingsChanged,
  shutdown,
  startup,
  takeover,
  timerFired,
  UNABLE,
} from "./case.ts";

const { NOW } = a;

const PREEMPTS = "preempts 192.0.2.12, whose priority is 9; own is 128";

export const backupCases: readonly Case[] = [
  { name: "Backup: startup was before", state: a.backup, event: startup() },
  {
    name: "RFC9568-6.4.2: Backup: shutdown ends in Initialize without a word",
    state: a.backup,
    event: shutdown,
    next: { ...a.initialize, sinceMs: NOW, because: "stopped" },
    effects: [a.transition("backup", "initialize", "stopped")],
  },
  {
    name: "Backup: a host that can't be Active any more ends in Fault without a word",
    state: a.backup,
    event: conditionsChanged(a.unable),
    next: { ...a.fault, conditions: a.unable, sinceMs: NOW, because: UNABLE, retryAtMs: null },
    effects: [a.transition("backup", "fault", UNABLE)],
  },
  {
    name: "Backup: another priority moves the down timer by the difference of the skews",
    state: a.backup,
    event: conditionsChanged({ ...a.able, priority: 192 }),
    next: { conditions: { ...a.able, priority: 192 }, downAtMs: NOW - 25 },
  },
  { name: "Backup: settings are used with the next event", state: a.backup, event: settingsChanged },
  {
    name: "RFC9568-6.4.2: Backup: priority 0 sets the down timer to the skew",
    state: a.backup,
    event: advertReceived(0),
    next: { downAtMs: NOW + 50, active: { address: "192.0.2.12", priority: 0, priorityMax: 0 } },
  },
  {
    name: "RFC9568-6.4.2: Backup: a higher priority resets the down timer",
    state: a.backup,
    event: advertReceived(200),
    next: { downAtMs: NOW + 350, active: { address: "192.0.2.12", priority: 200, priorityMax: 200 } },
  },
  {
    name: "RFC9568-6.4.2: Backup: the Active's interval is learned, and counts",
    state: a.backup,
    event: advertReceived(200, "192.0.2.12", 1_000),
    next: {
      downAtMs: NOW + 3_500,
      activeIntervalMs: 1_000,
      active: { address: "192.0.2.12", priority: 200, priorityMax: 200 },
    },
  },
  {
    name: "RFC9568-6.4.2: Backup: an equal priority is followed even when preempting",
    with: a.preempting,
    state: a.backup,
    event: advertReceived(128),
    next: { downAtMs: NOW + 350, active: { address: "192.0.2.12", priority: 128, priorityMax: 128 } },
  },
  {
    name: "RFC9568-6.4.2: Backup: a lower priority is followed when not preempting",
    state: a.backup,
    event: advertReceived(1),
    next: { downAtMs: NOW + 350, active: { address: "192.0.2.12", priority: 1, priorityMax: 1 } },
  },
  {
    name: "RFC9568-6.4.2: Backup: a lower priority is discarded when preempting: the timer runs on",
    with: a.preempting,
    state: a.backup,
    event: advertReceived(127),
    next: { preemptAtMs: NOW, active: { address: "192.0.2.12", priority: 127, priorityMax: 127 } },
  },
  {
    name: "RFC3768-6.4.2: Backup, version 2: the skew is a fraction of a second",
    with: a.version2,
    state: { ...a.backup, activeIntervalMs: 1_000 },
    event: advertReceived(0),
    next: { downAtMs: NOW + 500, active: { address: "192.0.2.12", priority: 0, priorityMax: 0 } },
  },
  {
    name: "RFC9568-6.4.2: Backup: when the down timer fires, the router advertises, takes the addresses, announces them",
    state: a.backup,
    event: timerFired,
    next: { ...a.active, ...freshActive, sinceMs: NOW, because: SILENT },
    effects: [...takeover, a.transition("backup", "active", SILENT)],
  },
  {
    name: "Backup: before the down timer fires nothing happens",
    state: { ...a.backup, downAtMs: NOW + 1 },
    event: timerFired,
  },
  {
    name: "Backup: a takeover from an Active that resigned says so",
    state: { ...a.backup, active: { address: "192.0.2.12", priority: 0, priorityMax: 200 } },
    event: timerFired,
    next: { ...a.active, ...freshActive, sinceMs: NOW, because: "192.0.2.12 resigned" },
    effects: [...takeover, a.transition("backup", "active", "192.0.2.12 resigned")],
  },
  {
    name: "Backup: a takeover from a worse Active says so",
    with: a.preempting,
    state: { ...a.backup, preemptAtMs: 0, active: { address: "192.0.2.12", priority: 9, priorityMax: 9 } },
    event: timerFired,
    next: { ...a.active, ...freshActive, sinceMs: NOW, because: PREEMPTS },
    effects: [...takeover, a.transition("backup", "active", PREEMPTS)],
  },
  {
    name: "Backup: a host that slept longer than an interval listens for another one",
    state: { ...a.backup, downAtMs: NOW - 101 },
    event: timerFired,
    next: { downAtMs: NOW + 150 },
    effects: [a.note("this host slept 101 ms; listening again before taking over")],
  },
  { name: "Backup: no address is held", state: a.backup, event: addressLost },
  {
    name: "Backup: a failed removal is noted",
    state: a.backup,
    event: effectFailed("removeAddresses"),
    effects: [a.note("removeAddresses failed: EPERM")],
  },
];
