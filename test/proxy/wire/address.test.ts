import assert from "node:assert/strict";
import { BlockList, isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { decodeAddress, decodeNetwork, encodeAddress, isInside } from "../../../proxy/wire/address.ts";

function isIn(address: string, cidr: string): boolean {
  const [bytes, network] = [decodeAddress(address), decodeNetwork(cidr)];
  assert.ok(bytes !== undefined && network !== undefined);
  return isInside(bytes, network);
}

test("an address is inside its network, to the bit", () => {
  assert.equal(isIn("192.0.2.127", "192.0.2.0/25"), true);
  assert.equal(isIn("192.0.2.128", "192.0.2.0/25"), false);
  assert.equal(isIn("192.0.2.9", "0.0.0.0/0"), true);
  assert.equal(isIn("2001:db8:1::1", "2001:db8::/33"), true);
  assert.equal(isIn("2001:db8:8000::1", "2001:db8::/33"), false);
  assert.equal(isIn("::ffff:192.0.2.1", "192.0.2.0/24"), true);
  assert.equal(isIn("2001:db8::1", "0.0.0.0/0"), false);
});

for (const text of [
  "",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.4 ",
  "g::",
  "1::2::3",
  ":1",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "12345::",
  "::1.2.3",
  "unknown",
]) {
  test(`${JSON.stringify(text)} is no address`, () => {
    assert.equal(decodeAddress(text), undefined);
  });
}

test("addresses and networks are read as the system reads them", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.ipV4(), fc.ipV6()),
      fc.oneof(fc.ipV4(), fc.ipV6()),
      fc.nat(128),
      (address, base, length) => {
        const family = isIP(base) === 4 ? "ipv4" : "ipv6";
        const prefix = family === "ipv4" ? length % 33 : length;
        const list = new BlockList();
        list.addSubnet(base, prefix, family);
        if (isIP(address) !== isIP(base) || /\./.test(address + base) !== (family === "ipv4")) return;
        assert.equal(
          isIn(address, `${base}/${prefix}`),
          list.check(address, family),
          `${address} in ${base}/${prefix}`,
        );
      },
    ),
  );
});

/** RFC 5952 4 */
const WRITTEN: Readonly<Record<string, string>> = {
  "2001:0db8:0000:0000:0001:0000:0000:0001": "2001:db8::1:0:0:1",
  "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
  "0:0:0:0:0:0:0:0": "::",
  "::1": "::1",
  "1:0:0:2:0:0:0:0": "1:0:0:2::",
  "2001:DB8::ABCD": "2001:db8::abcd",
  "::ffff:192.0.2.1": "192.0.2.1",
  "192.0.2.1": "192.0.2.1",
};

for (const [text, written] of Object.entries(WRITTEN)) {
  test(`RFC5952-4: ${text} is written ${written}`, () => {
    assert.equal(encodeAddress(Uint8Array.from(decodeAddress(text) ?? [])), written);
  });
}
