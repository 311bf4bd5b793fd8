import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { type Authentication, isSamePassword, Signatures } from "../../../vrrp/core/authentication.ts";

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
const message = Uint8Array.of(0x31, 51, 200, 0, 0, 10, 0xaa, 0xbb);
const source = "192.0.2.12";
const signedBy = (sender: Authentication, unixMs = NOW, signer = new Signatures()) => ({
  family: 4 as const,
  source,
  message,
  trailer: signer.sign(sender, message, 4, source, unixMs),
});
const judged = (signed: ReturnType<typeof signedBy>) =>
  MODES.map((mode) => new Signatures().check(hmac(mode), signed, NOW));

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
      new Signatures().check(hmac(receiver), signedBy(hmac(sender)), NOW),
      undefined,
      `${sender} to ${receiver}`,
    );
  }
  assert.deepEqual(judged(signedBy({ kind: "none" })), [undefined, undefined, "unsigned"]);
});

test("what is wrong with a signature is named; only receive-only takes it all the same", () => {
  assert.deepEqual(judged(signedBy(hmac("enforce", "another"))), [undefined, "bad-signature", "bad-signature"]);
  assert.deepEqual(judged(signedBy(hmac("enforce", "one", 2))), [undefined, "other-key", "other-key"]);
  assert.deepEqual(judged(signedBy(hmac("enforce"), NOW - 5_001)), [undefined, "stale", "stale"]);
  assert.deepEqual(judged(signedBy(hmac("enforce"), NOW + 5_001)), [undefined, "stale", "stale"]);
  assert.deepEqual(judged(signedBy(hmac("enforce"), NOW - 4_999)), [undefined, undefined, undefined]);
});

test("an advertisement counts once, from each sender, and none before the last", () => {
  const receiver = new Signatures();
  const sender = new Signatures();
  const [first, second] = [signedBy(hmac("enforce"), NOW, sender), signedBy(hmac("enforce"), NOW, sender)];
  assert.equal(receiver.check(hmac("enforce"), second, NOW), undefined);
  assert.equal(receiver.check(hmac("enforce"), second, NOW), "replayed");
  assert.equal(receiver.check(hmac("enforce"), first, NOW), "replayed");
  const other = { ...first, source: "192.0.2.13" };
  assert.equal(receiver.check(hmac("enforce"), other, NOW), "bad-signature", "the source is signed too");
});

test("passwords are the same or not", () => {
  assert.equal(isSamePassword("s3cr3t", "s3cr3t"), true);
  for (const other of ["s3cr3T", "s3cr3", "s3cr3tt", ""]) assert.equal(isSamePassword("s3cr3t", other), false, other);
});
