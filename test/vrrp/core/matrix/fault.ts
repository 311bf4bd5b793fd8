import * as a from "../fixtures.ts";
import {
  addressLost,
  advertReceived,
  type Case,
  conditionsChanged,
  effectFailed,
  settingsChanged,
  shutdown,
  startup,
  timerFired,
  UNABLE,
} from "./case.ts";

const { NOW } = a;

export const faultCases: readonly Case[] = [
  { name: "Fault: startup was before", state: a.fault, event: startup() },
  {
    name: "Fault: shutdown ends in Initialize without a word",
    state: a.fault,
    event: shutdown,
    next: { ...a.initialize, conditions: a.unable, sinceMs: NOW, because: "stopped" },
    effects: [a.transition("fault", "initialize", "stopped", "stopped")],
  },
  {
    name: "Fault: when the last reason goes, the router listens as a Backup first",
    state: a.fault,
    event: conditionsChanged(a.able),
    next: { ...a.backup, sinceMs: NOW, because: "no longer: proxy: gone", downAtMs: NOW + 350 },
    effects: [a.transition("fault", "backup", "able-again", "no longer: proxy: gone")],
  },
  {
    name: "Fault: other reasons are shown, without a change of state",
    state: a.fault,
    event: conditionsChanged(a.unable),
    next: { because: UNABLE },
  },
  {
    name: "Fault after a failed effect: good conditions do not shorten the wait",
    state: a.retrying,
    event: conditionsChanged({ ...a.able, priority: 100 }),
    next: { conditions: { ...a.able, priority: 100 } },
  },
  { name: "Fault: settings matter when it ends", state: a.fault, event: settingsChanged },
  { name: "Fault: adverts do not matter", state: a.fault, event: advertReceived(0) },
  { name: "Fault: no timer runs", state: a.fault, event: timerFired },
  {
    name: "Fault after a failed effect: when the wait is over, the router takes part again",
    state: a.retrying,
    event: timerFired,
    next: {
      ...a.backup,
      sinceMs: NOW,
      because: "trying again after: installAddresses failed: EPERM",
      downAtMs: NOW + 350,
    },
    effects: [a.transition("fault", "backup", "retry", "trying again after: installAddresses failed: EPERM")],
  },
  {
    name: "Fault after a failed effect: when the wait is over and the host has become unable, Fault stays",
    state: { ...a.retrying, conditions: a.unable },
    event: timerFired,
    next: { retryAtMs: null },
  },
  {
    name: "Fault: before the wait is over nothing happens",
    state: { ...a.retrying, retryAtMs: NOW + 1 },
    event: timerFired,
  },
  { name: "Fault: no address is held", state: a.fault, event: addressLost },
  {
    name: "Fault: a failed removal is noted; the lease ends by itself",
    state: a.fault,
    event: effectFailed("removeAddresses"),
    effects: [a.note("removeAddresses failed: EPERM")],
  },
];
