import * as a from "../fixtures.ts";
import {
  addressLost,
  advertReceived,
  type Case,
  conditionsChanged,
  effectFailed,
  freshActive,
  settingsChanged,
  shutdown,
  startup,
  timerFired,
  UNABLE,
} from "./case.ts";

const { NOW } = a;

export const initializeCases: readonly Case[] = [
  {
    name: "RFC9568-6.4.1: startup of a router that is no owner ends in Backup, with the down timer set",
    state: a.initialize,
    event: startup(),
    next: { ...a.backup, sinceMs: NOW, because: "started", downAtMs: NOW + 350 },
    effects: [a.remove, a.transition("initialize", "backup", "started", "started")],
  },
  {
    name: "RFC9568-6.4.1: startup of the owner ends in Active at once",
    state: a.initialize,
    event: startup(a.owner),
    next: { ...a.active, ...freshActive, conditions: a.owner, sinceMs: NOW, because: "owner of the addresses" },
    effects: [
      a.remove,
      a.advertise(255),
      a.install,
      a.announce,
      a.transition("initialize", "active", "owner", "owner of the addresses"),
    ],
  },
  {
    name: "startup on a host that can't be Active ends in Fault, with all reasons",
    state: a.initialize,
    event: startup(a.unable),
    next: { ...a.fault, conditions: a.unable, sinceMs: NOW, because: UNABLE, retryAtMs: null },
    effects: [a.remove, a.transition("initialize", "fault", "unable", UNABLE)],
  },
  { name: "RFC9568-6.4.1: Initialize: shutdown is nothing new", state: a.initialize, event: shutdown },
  { name: "Initialize: conditions come with startup", state: a.initialize, event: conditionsChanged(a.unable) },
  { name: "Initialize: settings come with startup", state: a.initialize, event: settingsChanged },
  { name: "RFC9568-6.4.1: Initialize: adverts do not matter", state: a.initialize, event: advertReceived(255) },
  { name: "Initialize: no timer runs", state: a.initialize, event: timerFired },
  { name: "Initialize: no address is held", state: a.initialize, event: addressLost },
  {
    name: "Initialize: a last effect that fails is noted",
    state: a.initialize,
    event: effectFailed("advertise"),
    effects: [a.note("advertise failed: EPERM")],
  },
];
