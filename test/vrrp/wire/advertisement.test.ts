import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Advertisement, decodeAdvertisement, encodeAdvertisement } from "../../../vrrp/wire/advertisement.ts";
import { formatIpAddress } from "../../../vrrp/wire/ip-address.ts";
import { ADVERTS, type AdvertVector, bytesOf, hexOf } from "./vectors.ts";

const endpointsOf = ({ ipSrc, ipDst }: AdvertVector) => ({ source: ipSrc, destination: ipDst });
const familyOf = ({ family }: AdvertVector) => (family === "ipv4" ? 4 : 6);
const formOf = ({ checksumForm }: AdvertVector) => (checksumForm === "messageOnly" ? "message-only" : "pseudo-header");
const decodeVector = (vector: AdvertVector, hex = vector.vrrpHex) =>
  decodeAdvertisement(bytesOf(hex), familyOf(vector), endpointsOf(vector));

for (const vector of ADVERTS) {
  test(`vector ${vector.id} is read as what keepalived wrote (${vector.source})`, () => {
    const decoded = decodeVector(vector);
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.value, {
      version: vector.version,
      vrid: vector.vrid,
      priority: vector.priority,
      intervalMs: vector.adverInt * (vector.adverIntUnit === "s" ? 1_000 : 10),
      addresses: vector.addresses,
      authentication:
        vector.authPass === undefined ? { kind: "none" } : { kind: "password", password: vector.authPass },
    });
    assert.equal(decoded.checksumForm, formOf(vector));
    assert.equal(hexOf(decoded.trailer), vector.trailerHex ?? "");
  });

  test(`vector ${vector.id}: every flipped bit is noticed`, () => {
    const bytes = bytesOf(vector.vrrpHex);
    // Over IPv4 no checksum covers the authentication trailer.
    const covered = bytes.length - (vector.family === "ipv4" ? (vector.trailerHex ?? "").length / 2 : 0);
    for (let bit = 0; bit < 8 * covered; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const decoded = decodeAdvertisement(flipped, familyOf(vector), endpointsOf(vector));
      assert.equal(decoded.ok, false, `bit ${bit}`);
    }
  });

  test(`vector ${vector.id}: every truncation is a wrong length`, () => {
    const whole = vector.vrrpHex.slice(0, vector.vrrpHex.length - (vector.trailerHex ?? "").length);
    for (let length = 0; length < whole.length; length += 2) {
      assert.deepEqual(decodeVector(vector, whole.slice(0, length)), { ok: false, reason: "length" });
    }
  });
}

for (const vector of ADVERTS.filter(({ trailerHex }) => trailerHex === undefined)) {
  test(`vector ${vector.id} is written byte for byte`, () => {
    const decoded = decodeVector(vector);
    assert.ok(decoded.ok);
    const bytes = encodeAdvertisement(decoded.value, familyOf(vector), endpointsOf(vector), formOf(vector));
    assert.equal(hexOf(bytes), vector.vrrpHex);
  });
}

const V3 = { source: "192.0.2.11", destination: "224.0.0.18" };
const advert: Advertisement = {
  version: 3,
  vrid: 51,
  priority: 101,
  intervalMs: 250,
  addresses: ["192.0.2.100"],
  authentication: { kind: "none" },
};

/** Sets bytes and makes the checksum right again, so that only the field under test is wrong. */
function forge(base: Advertisement, change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = encodeAdvertisement(base, 4, V3, "message-only");
  change(bytes);
  bytes.set([0, 0], 6);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  new DataView(bytes.buffer).setUint16(6, ~sum & 0xffff);
  return bytes;
}

const faults: [string, Advertisement, (bytes: Uint8Array) => void, string][] = [
  ["RFC9568-7.1: another version", advert, (bytes) => bytes.set([0x41], 0), "version"],
  ["RFC9568-5.2.2: an unknown type", advert, (bytes) => bytes.set([0x32], 0), "type"],
  ["RFC9568-erratum-8301: an interval of zero", advert, (bytes) => bytes.set([0, 0], 4), "interval-zero"],
  [
    "RFC3768-5.3.6: an authentication that is not ours",
    { ...advert, version: 2, intervalMs: 1_000 },
    (b) => b.set([2], 4),
    "authentication-type",
  ],
  [
    "RFC3768-7.1: a version 2 interval of zero",
    { ...advert, version: 2, intervalMs: 1_000 },
    (b) => b.set([0], 5),
    "interval-zero",
  ],
  ["RFC9568-erratum-8299: no address", { ...advert, addresses: [] }, () => undefined, "count-zero"],
];
for (const [name, base, change, reason] of faults) {
  test(`${name} is refused as ${reason}`, () => {
    assert.deepEqual(decodeAdvertisement(forge(base, change), 4, V3), { ok: false, reason });
  });
}

test("RFC9568-5.2.6: reserved bits are ignored", () => {
  const decoded = decodeAdvertisement(
    forge(advert, (bytes) => bytes.set([0xf0 | (bytes[4] ?? 0)], 4)),
    4,
    V3,
  );
  assert.ok(decoded.ok);
  assert.equal(decoded.value.intervalMs, 250);
});

test("RFC9568-5.2.8 and RFC5798-5.2.8: both checksum forms of version 3 are accepted and told apart", () => {
  for (const form of ["message-only", "pseudo-header"] as const) {
    const decoded = decodeAdvertisement(encodeAdvertisement(advert, 4, V3, form), 4, V3);
    assert.ok(decoded.ok);
    assert.equal(decoded.checksumForm, form);
  }
});

test("a unicast checksum over the multicast group, as old keepalived sends it, is accepted", () => {
  const bytes = encodeAdvertisement(advert, 4, V3, "pseudo-header");
  const decoded = decodeAdvertisement(bytes, 4, { source: V3.source, destination: "192.0.2.12" });
  assert.ok(decoded.ok);
});

test("RFC3768-1: version 2 does not exist over IPv6", () => {
  const bytes = bytesOf("2133650000640000fe800000000000000000000000000001");
  const reason = decodeAdvertisement(bytes, 6, { source: "fe80::1", destination: "ff02::12" });
  assert.deepEqual(reason, { ok: false, reason: "version" });
});

const octet = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join("."));
const PLAIN = { noNullPrototype: true };
const advertisement: fc.Arbitrary<Advertisement> = fc.oneof(
  fc.record(
    {
      version: fc.constant(3 as const),
      vrid: fc.integer({ min: 1, max: 255 }),
      priority: octet,
      intervalMs: fc.integer({ min: 1, max: 4095 }).map((centiseconds) => 10 * centiseconds),
      addresses: fc.array(ipv4, { minLength: 1, maxLength: 255 }),
      authentication: fc.constant({ kind: "none" as const }),
    },
    PLAIN,
  ),
  fc.record(
    {
      version: fc.constant(2 as const),
      vrid: fc.integer({ min: 1, max: 255 }),
      priority: octet,
      intervalMs: fc.integer({ min: 1, max: 255 }).map((seconds) => 1_000 * seconds),
      addresses: fc.array(ipv4, { minLength: 1, maxLength: 20 }),
      authentication: fc.oneof(
        fc.constant({ kind: "none" as const }),
        fc.stringMatching(/^[!-~]{1,8}$/).map((password) => ({ kind: "password" as const, password })),
      ),
    },
    PLAIN,
  ),
);

test("what is written is read back", () => {
  const form = fc.constantFrom("message-only" as const, "pseudo-header" as const);
  fc.assert(
    fc.property(advertisement, form, ipv4, ipv4, (value, checksum, source, destination) => {
      const bytes = encodeAdvertisement(value, 4, { source, destination }, checksum);
      const decoded = decodeAdvertisement(bytes, 4, { source, destination });
      assert.ok(decoded.ok);
      assert.deepEqual(decoded.value, value);
    }),
  );
});

test("what is written over IPv6 is read back, with a checksum that covers both ends", () => {
  const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(formatIpAddress);
  const value = fc.record(
    {
      version: fc.constant(3 as const),
      vrid: fc.integer({ min: 1, max: 255 }),
      priority: octet,
      intervalMs: fc.integer({ min: 1, max: 4095 }).map((centiseconds) => 10 * centiseconds),
      addresses: fc.array(ipv6, { minLength: 1, maxLength: 20 }),
      authentication: fc.constant({ kind: "none" as const }),
    },
    PLAIN,
  );
  fc.assert(
    fc.property(value, ipv6, (advert, source) => {
      const endpoints = { source, destination: "ff02::12" };
      const decoded = decodeAdvertisement(encodeAdvertisement(advert, 6, endpoints, "pseudo-header"), 6, endpoints);
      assert.ok(decoded.ok);
      assert.deepEqual(decoded.value, advert);
    }),
  );
});

test("any bytes are a value or a named reason", () => {
  const family = fc.constantFrom(4 as const, 6 as const);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), family, (bytes, version) => {
      const endpoints = version === 4 ? V3 : { source: "fe80::1", destination: "ff02::12" };
      const decoded = decodeAdvertisement(bytes, version, endpoints);
      assert.equal(typeof (decoded.ok ? decoded.value.vrid : decoded.reason), decoded.ok ? "number" : "string");
    }),
  );
});
