import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { decodeAdvertisement, encodeAdvertisement, encodeMessage } from "../../../vrrp/wire/advertisement.ts";
import { decodeTrailer, encodeTrailer, isAfter, isSignatureRight, nextSequence } from "../../../vrrp/wire/signature.ts";
import { ADVERTS, bytesOf, hexOf } from "./vectors.ts";

const KEY = bytesOf("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const sign = (message: Uint8Array) => createHmac("sha256", KEY).update(message).digest();
/** 2025-04-16 19:07:44.5 UTC. */
const SEQUENCE = { time: 1_744_830_464 * 65_536 + 32_768, counter: 0 };

for (const vector of ADVERTS.filter(({ trailerHex }) => trailerHex !== undefined)) {
  const family = vector.family === "ipv4" ? 4 : 6;
  const endpoints = { source: vector.ipSrc, destination: vector.ipDst };

  test(`vector ${vector.id} of keepalived's authors: the trailer is read, its signature is right, and ours is the same`, () => {
    const decoded = decodeAdvertisement(bytesOf(vector.vrrpHex), family, endpoints);
    assert.ok(decoded.ok);
    assert.deepEqual(decodeTrailer(decoded.trailer)?.sequence, SEQUENCE);
    const message = encodeMessage(decoded.value, family);
    assert.equal(isSignatureRight(message, family, vector.ipSrc, decoded.trailer, sign), true);
    const trailer = encodeTrailer(message, family, vector.ipSrc, { keyId: 1, sequence: SEQUENCE }, sign);
    assert.equal(hexOf(trailer), vector.trailerHex);
    const whole = encodeAdvertisement(decoded.value, family, endpoints, decoded.checksumForm, trailer);
    assert.equal(hexOf(whole), vector.vrrpHex);
  });

  test(`vector ${vector.id}: every flipped bit of message and trailer makes the signature wrong, except the checksum's`, () => {
    const bytes = bytesOf(vector.vrrpHex);
    const at = bytes.length - 28;
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = bytes.slice();
      const index = bit >> 3;
      changed.set([(changed[index] ?? 0) ^ (1 << (bit & 7))], index);
      const isRight = isSignatureRight(changed.subarray(0, at), family, vector.ipSrc, changed.subarray(at), sign);
      // The lower half of the first byte is the type, which the message itself has.
      assert.equal(isRight, index === 6 || index === 7, `bit ${bit}`);
    }
    assert.equal(isSignatureRight(bytes.subarray(0, at), family, "192.0.2.99", bytes.subarray(at), sign), false);
  });
}

test("what is not such a trailer is not read", () => {
  for (const length of [0, 27, 29]) assert.equal(decodeTrailer(new Uint8Array(length).fill(1)), undefined);
  assert.equal(decodeTrailer(new Uint8Array(28).fill(2)), undefined);
});

test("RFC1982: order goes on where the seconds begin anew, and a clock that is set back does not repeat", () => {
  const last = { time: 2 ** 48 - 1, counter: 3 };
  assert.equal(isAfter({ time: 0, counter: 0 }, last), true);
  assert.equal(isAfter(last, { time: 0, counter: 0 }), false);
  assert.equal(isAfter(last, last), false);
  assert.deepEqual(nextSequence(undefined, 5), { time: 5, counter: 0 });
  assert.deepEqual(nextSequence({ time: 5, counter: 0 }, 5), { time: 5, counter: 1 });
  assert.deepEqual(nextSequence({ time: 5, counter: 0xffff }, 2), { time: 6, counter: 0 });
});
