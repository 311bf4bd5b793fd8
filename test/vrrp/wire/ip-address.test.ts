import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import {
  compareIpAddresses,
  formatIpAddress,
  isInNetwork,
  parseIpAddress,
  parsePrefix,
} from "../../../vrrp/wire/ip-address.ts";
import { hexOf } from "./vectors.ts";

const canonical: [string, string][] = [
  ["192.0.2.1", "192.0.2.1"],
  ["2001:db8::1", "2001:db8::1"],
  ["2001:0DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["::ffff:192.0.2.1", "::ffff:c000:201"],
];
for (const [text, want] of canonical) {
  test(`RFC5952-4: ${text} is written ${want}`, () => {
    const bytes = parseIpAddress(text);
    assert.ok(bytes);
    assert.equal(formatIpAddress(bytes), want);
  });
}

for (const text of [
  "",
  "1.2.3",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.4.5",
  ":",
  ":::",
  "1:2:3:4:5:6:7",
  "1::2::3",
  "1:2:3:4:5:6:7:8:9",
  "::g",
  "1.2.3.4::",
  "fe80::1%eth0",
  "12345::",
]) {
  test(`${JSON.stringify(text)} is no address`, () => assert.equal(parseIpAddress(text), undefined));
}

test("the same texts are addresses as for the runtime", () => {
  const part = fc.constantFrom("0", "1", "ffff", "abcd", "", ":", "::", "1.2.3.4", "00001");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 9 }), (parts) => {
      const text = parts.join(":");
      assert.equal(parseIpAddress(text) !== undefined, isIP(text) !== 0, text);
    }),
    { numRuns: 2_000 },
  );
});

test("any 4 or 16 bytes survive being written and read", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  fc.assert(
    fc.property(bytes, (address) => {
      const read = parseIpAddress(formatIpAddress(address));
      assert.ok(read);
      assert.equal(hexOf(read), hexOf(address));
    }),
  );
});

test("RFC9568-6.4.3: addresses are compared as unsigned numbers", () => {
  assert.ok(compareIpAddresses("192.0.2.1", "10.0.0.1") > 0);
  assert.ok(compareIpAddresses("9.0.0.1", "10.0.0.1") < 0);
  assert.equal(compareIpAddresses("10.0.0.1", "10.0.0.1"), 0);
  assert.ok(compareIpAddresses("fe80::2", "fe80::1") > 0);
});

test("an address lies in its network and in no other", () => {
  const network = parsePrefix("203.0.113.66/26");
  assert.ok(network);
  assert.equal(isInNetwork("203.0.113.64", network), true);
  assert.equal(isInNetwork("203.0.113.127", network), true);
  assert.equal(isInNetwork("203.0.113.128", network), false);
  assert.equal(isInNetwork("2001:db8::1", network), false);
  assert.equal(isInNetwork("198.51.100.1", { address: "0.0.0.0", prefixLength: 0, family: 4 }), true);
});

test("a prefix has a length that fits its family", () => {
  assert.deepEqual(parsePrefix("2001:DB8::10/64"), { address: "2001:db8::10", prefixLength: 64, family: 6 });
  for (const text of ["192.0.2.1", "192.0.2.1/33", "192.0.2.1/", "192.0.2.1/024", "192.0.2.1/24/24", "::1/129"]) {
    assert.equal(parsePrefix(text), undefined, text);
  }
});
