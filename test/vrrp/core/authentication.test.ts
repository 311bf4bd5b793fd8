import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { type Authentication, isSamePassword, Signatures } from "../../../vrrp/core/authentication.ts";
import { SteadyClock, type Times } from "../../../vrrp/core/steady-clock.ts";

const signWith = (key: string) => (message: Uint8Array) => createHmac("sha256", key).update(message).digest();
type Mode = (Authentication & { kind: "hmac" })["mode"];
const hmac = (mode: Mode, key = "one", keyId = 1): Authentication => ({
  kind: "hmac",
  mode,
  keyId,
  windowMs: 5_000,
  sign: signWith(key),
});
const MODES: readonly Mode[] = ["receive-only", "permissive", "enforce"];
const NOW = Date.UTC(2026, 10, 22);
/** What both clocks show so long after the start, when the host's clock was set ahead by so much since. */
const at = (sinceMs: number, aheadMs = 0): Times => ({ nowMs: 50_000 + sinceMs, unixMs: NOW + sinceMs + aheadMs });
const message = Uint8Array.of(0x31, 51, 200, 0, 0, 10, 0xaa, 0xbb);
const source = "192.0.2.12";
const signedBy = (sender: Authentication, times = at(0), signer = new Signatures(new SteadyClock())) => ({
  family: 4 as const,
  source,
  message,
  trailer: signer.sign(sender, message, 4, source, times),
});
const judged = (signed: ReturnType<typeof signedBy>) =>
  MODES.map((mode) => new Signatures(new SteadyClock()).check(hmac(mode), signed, at(0)));

test("modes are a way from nothing to everything signed, and neighbours on it take each other's advertisements", () => {
  assert.equal(signedBy(hmac("receive-only")).trailer.length, 0);
  for (const [one, two] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
    [1, 2],
    [2, 1],
    [2, 2],
  ] as const) {
    const [sender = "enforce", receiver = "enforce"] = [MODES[one], MODES[two]];
    assert.equal(
      new Signatures(new SteadyClock()).check(hmac(receiver), signedBy(hmac(sender)), at(0)),
      undefined,
      `${sender} to ${receiver}`,
    );
  }
  assert.deepEqual(judged(signedBy({ kind: "none" })), [undefined, undefined, "unsigned"]);
});

test("what is wrong with a signature is named; only receive-only takes it all the same", () => {
  assert.deepEqual(judged(signedBy(hmac("enforce", "another"))), [undefined, "bad-signature", "bad-signature"]);
  assert.deepEqual(judged(signedBy(hmac("enforce", "one", 2))), [undefined, "other-key", "other-key"]);
  assert.deepEqual(judged(signedBy(hmac("enforce"), at(-5_001))), [undefined, "stale", "stale"]);
  assert.deepEqual(judged(signedBy(hmac("enforce"), at(5_001))), [undefined, "stale", "stale"]);
  assert.deepEqual(judged(signedBy(hmac("enforce"), at(-4_999))), [undefined, undefined, undefined]);
});

test("an advertisement counts once, from each sender, and none before the last", () => {
  const receiver = new Signatures(new SteadyClock());
  const sender = new Signatures(new SteadyClock());
  const [first, second] = [signedBy(hmac("enforce"), at(0), sender), signedBy(hmac("enforce"), at(0), sender)];
  assert.equal(receiver.check(hmac("enforce"), second, at(0)), undefined);
  assert.equal(receiver.check(hmac("enforce"), second, at(0)), "replayed");
  assert.equal(receiver.check(hmac("enforce"), first, at(0)), "replayed");
  const other = { ...first, source: "192.0.2.13" };
  assert.equal(receiver.check(hmac("enforce"), other, at(0)), "bad-signature", "the source is signed too");
});

const HOUR_MS = 3_600_000;

test("a clock that is set, on either host and either way, changes nothing while both go on", () => {
  for (const [ofSender, ofReceiver] of [
    [HOUR_MS, 0],
    [-HOUR_MS, 0],
    [0, HOUR_MS],
    [0, -HOUR_MS],
  ] as const) {
    const [sender, receiver] = [new Signatures(new SteadyClock()), new Signatures(new SteadyClock())];
    for (let sinceMs = 0; sinceMs < 20_000; sinceMs += 100) {
      const isSet = sinceMs >= 1_000;
      const signed = signedBy(hmac("enforce"), at(sinceMs, isSet ? ofSender : 0), sender);
      const fault = receiver.check(hmac("enforce"), signed, at(sinceMs, isSet ? ofReceiver : 0));
      assert.equal(fault, undefined, `${ofSender} ${ofReceiver} after ${sinceMs} ms`);
    }
  }
});

test("the clocks of both hosts are set alike: they go on, and take one that has just started by the new time", () => {
  const [one, two] = [new Signatures(new SteadyClock()), new Signatures(new SteadyClock())];
  const swap = (from: Signatures, to: Signatures, times: Times) =>
    to.check(hmac("enforce"), signedBy(hmac("enforce"), times, from), times);
  assert.deepEqual([swap(one, two, at(0)), swap(two, one, at(1))], [undefined, undefined]);
  const later = (sinceMs: number) => at(sinceMs, HOUR_MS);
  assert.equal(swap(one, two, later(2_000)), undefined);
  const restarted = new Signatures(new SteadyClock());
  // Its predecessor's last sequence is an hour back.
  assert.equal(swap(restarted, one, later(3_000)), undefined);
  assert.equal(swap(one, restarted, later(3_100)), undefined);
});

test("a clock that was wrong at the start is set right: the other host's adverts count, and one's own from then on", () => {
  const [wrong, right] = [new Signatures(new SteadyClock()), new Signatures(new SteadyClock())];
  const early = (sinceMs: number) => at(sinceMs, -HOUR_MS);
  const signedWrong = signedBy(hmac("enforce"), early(0), wrong);
  assert.equal(right.check(hmac("enforce"), signedWrong, at(0)), "stale");
  assert.equal(wrong.check(hmac("enforce"), signedBy(hmac("enforce"), at(100), right), early(100)), "stale");
  // Set right; it still signs by the time that it has gone by so far.
  assert.equal(right.check(hmac("enforce"), signedBy(hmac("enforce"), at(200), wrong), at(200)), "stale");
  assert.equal(wrong.check(hmac("enforce"), signedBy(hmac("enforce"), at(300), right), at(300)), undefined);
  assert.equal(right.check(hmac("enforce"), signedBy(hmac("enforce"), at(400), wrong), at(400)), undefined);
});

test("the clocks of both hosts are set back: one that has just started goes by the later time, which the other tells it", () => {
  const [one, two] = [new Signatures(new SteadyClock()), new Signatures(new SteadyClock())];
  const swap = (from: Signatures, to: Signatures, times: Times) =>
    to.check(hmac("enforce"), signedBy(hmac("enforce"), times, from), times);
  assert.deepEqual([swap(one, two, at(0)), swap(two, one, at(1))], [undefined, undefined]);
  const later = (sinceMs: number) => at(sinceMs, -HOUR_MS);
  const clock = new SteadyClock();
  const restarted = new Signatures(clock);
  assert.equal(swap(one, restarted, later(2_000)), "stale");
  clock.follow(later(2_100), NOW + 2_100);
  assert.equal(swap(one, restarted, later(2_200)), undefined);
  assert.equal(swap(restarted, one, later(2_300)), undefined);
  // The other way round nothing is to be learned: what has been signed by the later time would be younger than what comes.
  clock.follow(later(3_000), NOW + 3_000 - HOUR_MS);
  assert.equal(clock.read(later(3_000)), NOW + 3_000);
});

test("a stranger's packet does not set the steady clock", () => {
  const receiver = new Signatures(new SteadyClock());
  assert.equal(receiver.check(hmac("enforce"), signedBy(hmac("enforce"), at(0)), at(0)), undefined);
  const forged = signedBy(hmac("enforce", "another"), at(100, HOUR_MS));
  assert.equal(receiver.check(hmac("enforce"), forged, at(100, HOUR_MS)), "bad-signature");
  assert.equal(receiver.check(hmac("enforce"), signedBy(hmac("enforce"), at(200)), at(200, HOUR_MS)), undefined);
});

test("passwords are the same or not", () => {
  assert.equal(isSamePassword("s3cr3t", "s3cr3t"), true);
  for (const other of ["s3cr3T", "s3cr3", "s3cr3tt", ""]) assert.equal(isSamePassword("s3cr3t", other), false, other);
});
