import assert from "node:assert/strict";
import { test } from "node:test";
import { identifyClient, isTrusted } from "../../../proxy/core/client.ts";
import { decodeNetwork, type Network } from "../../../proxy/wire/address.ts";
import { requestOf } from "../lib/core-values.ts";

const trusted = ["10.0.0.0/8", "2001:db8::/32"].map((text) => decodeNetwork(text) as Network);

function client(peerAddress: string, ...lines: readonly string[]) {
  const { head } = requestOf("GET / HTTP/1.1", "Host: example.com", ...lines);
  const peer = {
    address: peerAddress,
    port: 1,
    isTrusted: isTrusted(peerAddress, trusted),
    subject: undefined,
    certificateLines: "",
    last: undefined,
  };
  const { address, forwardedLines, scheme, authority } = identifyClient(
    head.fields,
    peer,
    "http",
    "example.com",
    trusted,
  );
  return [address, /^X-Forwarded-For: (.*)\r\n/.exec(forwardedLines)?.[1], scheme, authority];
}

const CLAIMS = ["X-Forwarded-For: 1.1.1.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: public.example"];

test("a stranger's claims count for nothing", () => {
  assert.deepEqual(client("192.0.2.1", ...CLAIMS), ["192.0.2.1", "192.0.2.1", "http", "example.com"]);
});

test("a trusted proxy's claims count", () => {
  assert.deepEqual(client("10.0.0.1", ...CLAIMS), ["1.1.1.1", "1.1.1.1, 10.0.0.1", "https", "public.example"]);
  assert.equal(client("2001:db8::1", ...CLAIMS)[0], "1.1.1.1");
});

for (const [claim, address, chain] of [
  ["6.6.6.6, 1.1.1.1", "1.1.1.1", "1.1.1.1, 10.0.0.1"],
  ["6.6.6.6, 1.1.1.1, 10.2.2.2", "1.1.1.1", "1.1.1.1, 10.2.2.2, 10.0.0.1"],
  ["10.3.3.3, 10.2.2.2", "10.3.3.3", "10.3.3.3, 10.2.2.2, 10.0.0.1"],
  ["6.6.6.6, unknown", "10.0.0.1", "10.0.0.1"],
  ["6.6.6.6, <script>, 10.2.2.2", "10.2.2.2", "10.2.2.2, 10.0.0.1"],
  ["1.1.1.1:4711", "1.1.1.1", "1.1.1.1, 10.0.0.1"],
  ["[2001:db9::1]:4711", "2001:db9::1", "2001:db9::1, 10.0.0.1"],
  ['fe80::1%";proto=https;by="', "fe80::1", "fe80::1, 10.0.0.1"],
  ["[fe80::1%eth0]:4711", "fe80::1", "fe80::1, 10.0.0.1"],
  ["", "10.0.0.1", "10.0.0.1"],
] as const) {
  test(`X-Forwarded-For ${JSON.stringify(claim)} from a trusted proxy: the rightmost untrusted address is ${address}`, () => {
    assert.deepEqual(client("10.0.0.1", `X-Forwarded-For: ${claim}`).slice(0, 2), [address, chain]);
  });
}

test("several X-Forwarded-For lines are one list", () => {
  assert.equal(client("10.0.0.1", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 1.1.1.1, 10.2.2.2")[0], "1.1.1.1");
});

test("a trusted proxy's nonsense is not passed on", () => {
  assert.deepEqual(client("10.0.0.1", "X-Forwarded-Proto: gopher", "X-Forwarded-Host: a/b"), [
    "10.0.0.1",
    "10.0.0.1",
    "http",
    "example.com",
  ]);
});
