import type { Event, State } from "../../../../vrrp/core/state.ts";
import * as a from "../fixtures.ts";
import { advertReceived, type Case, freshActive, shutdown, takeover, timerFired } from "./case.ts";

// What the control channel brings, and what the link answers.

const { NOW } = a;
const A = "192.0.2.12";
const MAC = "02:00:00:00:00:12";

const peerDied: Event = { kind: "peerDied", source: A, because: "lb2's daemon died" };
const peerTold = (state: State["kind"], priority = 200): Event => ({
  kind: "peerTold",
  word: { source: A, state, priority },
});
const takeOver: Event = { kind: "takeOver", from: A };
const handOver = (to: string | null): Event => ({ kind: "handOver", to });
const succeeded: Event = { kind: "succeeded", by: a.heard(9) };
const lingerEnded: Event = { kind: "lingerEnded" };
const addressSeen: Event = { kind: "addressSeen", address: "192.0.2.100", mac: MAC };

const lingering = { ...a.settings, lingerMs: 5_000 };
const watching = { ...a.settings, neighbourWaitMs: 3_000 };
const followed = { address: A, priority: 200, priorityMax: 200 };
const resigned = (address: string) => ({ address, priority: 0, priorityMax: 200 });
const told = { source: A, state: "active", priority: 200, atMs: NOW - 50 } as const;
const following = { ...a.backup, active: followed };
/** Has nothing else to do at `NOW`. */
const quiet = { ...a.active, advertAtMs: NOW + 50 };
const evidence = (priority: number, answer: string) =>
  `${A} says on the control channel that it is Active with priority ${priority}, own is 128; ${answer} answers for the addresses`;
const seen: readonly Event[] = [
  peerDied,
  peerTold("active"),
  takeOver,
  handOver(A),
  succeeded,
  lingerEnded,
  addressSeen,
];

const untouched = ([name, state]: readonly [string, State]): Case[] =>
  seen.map((event) => ({ name: `${name}: ${event.kind} changes nothing`, state, event }));

export const peerCases: readonly Case[] = [
  ...untouched(["Initialize", a.initialize]),
  ...untouched(["Fault", a.fault]),
  {
    name: "Backup: the death of the followed Active is a takeover at once",
    state: following,
    event: peerDied,
    next: { ...a.active, ...freshActive, sinceMs: NOW, because: "lb2's daemon died" },
    effects: [...takeover, a.transition("backup", "active", "peer-died", "lb2's daemon died")],
  },
  {
    name: "Backup: the death of a peer that is not the Active changes nothing",
    state: { ...following, active: { ...followed, address: "192.0.2.13" } },
    event: peerDied,
  },
  {
    name: "Backup: the peer's word is kept with its time",
    state: following,
    event: peerTold("active"),
    next: { peer: { ...told, atMs: NOW } },
  },
  {
    name: "Backup: a planned takeover has everything in place before it advertises",
    with: lingering,
    state: following,
    event: takeOver,
    next: {
      ...a.active,
      ...freshActive,
      planned: { from: A, untilMs: NOW + 5_000 },
      sinceMs: NOW,
      because: `planned switchover from ${A}`,
    },
    effects: [
      { kind: "relay", to: A },
      a.install,
      a.announce,
      a.advertise(128),
      a.transition("backup", "active", "switchover", `planned switchover from ${A}`),
    ],
  },
  {
    name: "Backup: asked to take over from somebody it does not follow, it stays",
    state: a.backup,
    event: takeOver,
    effects: [a.note(`asked to take over from ${A}, but follows nobody`)],
  },
  { name: "Backup: it has nothing to hand over", state: following, event: handOver(A) },
  { name: "Backup: it expects no successor", state: following, event: succeeded },
  {
    name: "Backup: addresses that linger go when no connection needs them",
    state: { ...following, lingerUntilMs: NOW + 1_000 },
    event: lingerEnded,
    next: { lingerUntilMs: null },
    effects: [a.remove],
  },
  {
    name: "Backup: addresses that linger go when their time is over, and the timer runs on",
    state: { ...following, lingerUntilMs: NOW, downAtMs: NOW + 50 },
    event: timerFired,
    next: { lingerUntilMs: null },
    effects: [a.remove],
  },
  {
    name: "Backup: addresses that linger do not outlive a stop",
    state: { ...following, lingerUntilMs: NOW + 1_000 },
    event: shutdown,
    next: { ...a.initialize, sinceMs: NOW, because: "stopped" },
    effects: [a.remove, a.transition("backup", "initialize", "stopped", "stopped")],
  },
  {
    name: "Backup: silence of an Active that speaks on the control channel is checked on the link",
    state: { ...following, peer: told },
    event: timerFired,
    next: { downAtMs: NOW + 10, probe: { untilMs: NOW + 10, answer: null } },
    effects: [{ kind: "probe" }],
  },
  {
    name: "Backup: a peer that has resigned is not asked for on the link, whatever it said before",
    state: { ...following, active: resigned(A), peer: told },
    event: timerFired,
    next: { ...a.active, ...freshActive, sinceMs: NOW, because: `${A} resigned` },
    effects: [...takeover, a.transition("backup", "active", "resigned", `${A} resigned`)],
  },
  {
    name: "Backup: that another router resigned says nothing of the peer",
    state: { ...following, active: resigned("192.0.2.99"), peer: told },
    event: timerFired,
    next: { downAtMs: NOW + 10, probe: { untilMs: NOW + 10, answer: null } },
    effects: [{ kind: "probe" }],
  },
  {
    name: "Backup: an old word of the peer does not delay a takeover",
    state: { ...following, peer: { ...told, atMs: NOW - 151 } },
    event: timerFired,
    next: {
      ...a.active,
      ...freshActive,
      sinceMs: NOW,
      because: `no advertisement from ${A} within 3 intervals of 100 ms and the skew`,
    },
    effects: [
      ...takeover,
      a.transition(
        "backup",
        "active",
        "silence",
        `no advertisement from ${A} within 3 intervals of 100 ms and the skew`,
      ),
    ],
  },
  {
    name: "Backup: before the first takeover the link is asked for a foreign owner",
    with: watching,
    state: a.backup,
    event: timerFired,
    next: { downAtMs: NOW + 10, probe: { untilMs: NOW + 10, answer: null } },
    effects: [{ kind: "probe" }],
  },
  {
    name: "Backup: an answer to the probe is kept",
    state: { ...a.backup, probe: { untilMs: NOW, answer: null } },
    event: addressSeen,
    next: { probe: { untilMs: NOW, answer: MAC } },
  },
  { name: "Backup: an owner that nobody asked for changes nothing", state: a.backup, event: addressSeen },
  {
    name: "Backup: while the peer says that it is Active and the link agrees, there is no takeover",
    state: { ...following, peer: told, probe: { untilMs: NOW, answer: MAC } },
    event: timerFired,
    next: { probe: null, heldSinceMs: NOW, downAtMs: NOW + 100 },
    effects: [
      a.note(
        `advertisements of ${A} don't arrive, but it says on the control channel that it is Active, ` +
          `and ${MAC} answers for the addresses: not taking over`,
      ),
    ],
  },
  {
    name: "Backup: a foreign owner is waited for, and told once",
    with: watching,
    state: { ...a.backup, probe: { untilMs: NOW, answer: MAC }, heldSinceMs: NOW - 9_999 },
    event: timerFired,
    next: { probe: null, downAtMs: NOW + 100 },
  },
  {
    name: "Backup: a foreign owner is not waited for longer than ten seconds",
    with: watching,
    state: { ...a.backup, probe: { untilMs: NOW, answer: MAC }, heldSinceMs: NOW - 10_000 },
    event: timerFired,
    next: { ...a.active, ...freshActive, sinceMs: NOW, because: "no advertisement heard from any Active" },
    effects: [...takeover, a.transition("backup", "active", "nobody-heard", "no advertisement heard from any Active")],
  },
  { name: "Active: the death of a standby changes nothing", state: a.active, event: peerDied },
  { name: "Active: a peer that is Backup is as it should be", state: a.active, event: peerTold("backup") },
  {
    name: "Active: a peer that is Active too is checked on the link",
    state: a.active,
    event: peerTold("active"),
    next: {
      probedAtMs: NOW,
      probe: { untilMs: NOW + 10, answer: null, rival: { source: A, state: "active", priority: 200 } },
    },
    effects: [{ kind: "probe" }],
  },
  { name: "Active: it has taken over already", state: a.active, event: takeOver },
  {
    name: "Active: a successor is expected for a second",
    state: a.active,
    event: handOver(A),
    next: { handover: { to: A, untilMs: NOW + 1_000 } },
  },
  {
    name: "Active: a successor that will not come is not expected",
    state: { ...a.active, handover: { to: A, untilMs: NOW + 500 } },
    event: handOver(null),
    next: { handover: null },
  },
  ...[advertReceived(9), succeeded].map(
    (event): Case => ({
      name: `Active: the expected successor is followed whatever its priority (${event.kind})`,
      with: lingering,
      state: { ...a.active, handover: { to: A, untilMs: NOW + 500 } },
      event,
      next: {
        ...a.backup,
        sinceMs: NOW,
        because: `planned switchover to ${A}`,
        downAtMs: NOW + 350,
        active: { address: A, priority: 9, priorityMax: 9 },
        lingerUntilMs: NOW + 5_000,
      },
      effects: [
        { kind: "lingerAddresses", forMs: 5_000 },
        a.transition("active", "backup", "switchover", `planned switchover to ${A}`),
      ],
    }),
  ),
  { name: "Active: a successor that nobody expects changes nothing", state: a.active, event: succeeded },
  {
    name: "Active: the predecessor's last advert does not undo a planned takeover",
    state: { ...a.active, sinceMs: NOW - 10, planned: { from: A, untilMs: NOW + 500 } },
    event: advertReceived(254),
  },
  { name: "Active: nothing lingers", state: a.active, event: lingerEnded },
  {
    name: "Active: somebody else who says that it has an address is defied, once",
    state: a.active,
    event: addressSeen,
    next: { rivalGoneAtMs: NOW + 350 },
    effects: [
      a.announce,
      a.note(`${MAC} says that it has 192.0.2.100, which is this host's; telling the neighbours again`),
    ],
  },
  {
    name: "Active: split brain: a better rival that clients reach stays, this router goes",
    state: { ...quiet, probe: { untilMs: NOW, answer: MAC, rival: { source: A, state: "active", priority: 200 } } },
    event: timerFired,
    next: { ...a.backup, sinceMs: NOW, because: `split brain: ${evidence(200, MAC)}`, downAtMs: NOW + 350 },
    effects: [a.remove, a.transition("active", "backup", "split-brain", `split brain: ${evidence(200, MAC)}`)],
  },
  {
    name: "Active: split brain: a worse rival does not move this router",
    state: { ...quiet, probe: { untilMs: NOW, answer: MAC, rival: { source: A, state: "active", priority: 100 } } },
    event: timerFired,
    next: { probe: null, rivalGoneAtMs: NOW + 850 },
    effects: [a.note(`split brain: ${evidence(100, MAC)}; staying Active`)],
  },
  {
    name: "Active: a better rival that nobody reaches here is no reason to go",
    state: { ...quiet, probe: { untilMs: NOW, answer: null, rival: { source: A, state: "active", priority: 200 } } },
    event: timerFired,
    next: { probe: null, rivalGoneAtMs: NOW + 850 },
    effects: [a.note(`split brain: ${evidence(200, "nobody else")}; staying Active`)],
  },
  {
    name: "Active: a successor that did not come is told",
    state: { ...quiet, handover: { to: A, untilMs: NOW } },
    event: timerFired,
    next: { handover: null },
    effects: [a.note(`${A} was not heard within 1000 ms: no switchover`)],
  },
  {
    name: "Active: the relay for a predecessor's connections ends",
    state: { ...quiet, planned: { from: A, untilMs: NOW } },
    event: timerFired,
    next: { planned: null },
    effects: [{ kind: "endRelay" }],
  },
  {
    name: "Active: the successor's announcement is no rival's",
    state: { ...a.active, handover: { to: A, untilMs: NOW + 500 } },
    event: addressSeen,
  },
];
