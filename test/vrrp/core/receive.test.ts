import assert from "node:assert/strict";
import { test } from "node:test";
import { receiveIpv4, receiveIpv6 } from "../../../vrrp/core/receive.ts";
import type { Settings } from "../../../vrrp/core/settings.ts";
import { type Advertisement, encodeAdvertisement } from "../../../vrrp/wire/advertisement.ts";
import { encodeIpv4Packet } from "../../../vrrp/wire/ipv4.ts";
import { ADVERTS, bytesOf } from "../wire/vectors.ts";
import { settings, version2 } from "./fixtures.ts";

const OWN = "192.0.2.11";
const GROUP = "224.0.0.18";
const advert: Advertisement = {
  version: 3,
  vrid: 51,
  priority: 200,
  intervalMs: 100,
  addresses: ["192.0.2.100"],
  authentication: { kind: "none" },
};

type Given = {
  advert?: Partial<Advertisement>;
  source?: string;
  destination?: string;
  settings?: Settings;
  edit?: (packet: Uint8Array) => void;
};

function receive({
  advert: fields = {},
  source = "192.0.2.12",
  destination = GROUP,
  settings: own = settings,
  edit,
}: Given) {
  const payload = encodeAdvertisement({ ...advert, ...fields }, 4, { source, destination }, "pseudo-header");
  const packet = encodeIpv4Packet(source, destination, 1, payload);
  edit?.(packet);
  return receiveIpv4(own, OWN, packet);
}

test("RFC9568-7.1: a right advertisement counts", () => {
  assert.deepEqual(receive({}), {
    ok: true,
    advert: { source: "192.0.2.12", priority: 200, intervalMs: 100 },
    checksumForm: "pseudo-header",
    oddities: [],
  });
});

const SIX = {
  ...settings,
  family: 6 as const,
  addresses: [{ address: "2001:db8::100", prefixLength: 64, family: 6 as const }],
};

test("RFC9568-7.1 over IPv6: from the group it counts, from oneself, a stranger or with a wrong sum it does not", () => {
  const advertisement = { ...advert, addresses: ["2001:db8::100"] };
  const heard = (
    own: Settings,
    source: string,
    destination: string,
    edit: (bytes: Uint8Array) => void = () => undefined,
  ) => {
    const payload = encodeAdvertisement(advertisement, 6, { source, destination }, "pseudo-header");
    edit(payload);
    const judged = receiveIpv6(own, "fe80::1", source, payload);
    return judged.ok ? judged.advert : judged.reason;
  };
  assert.deepEqual(heard(SIX, "fe80::2", "ff02::12"), { source: "fe80::2", priority: 200, intervalMs: 100 });
  assert.equal(heard(SIX, "fe80::1", "ff02::12"), "own-source");
  assert.equal(heard(SIX, "fe80::2", "fe80::1"), "checksum");
  assert.equal(
    heard(SIX, "fe80::2", "ff02::12", (bytes) => bytes.set([7], 2)),
    "checksum",
  );
  const peers = { ...SIX, peers: ["fe80::2"] };
  assert.deepEqual(heard(peers, "fe80::2", "fe80::1"), { source: "fe80::2", priority: 200, intervalMs: 100 });
  assert.equal(heard(peers, "fe80::3", "fe80::1"), "not-a-peer");
});

const unicast = { ...settings, peers: ["192.0.2.12"] };
const discarded: [string, Given, string][] = [
  ["RFC9568-5.1.1.3: a time to live that is not 255", { edit: (packet) => packet.set([254], 8) }, "ttl"],
  ["a protocol that is not VRRP", { edit: (packet) => packet.set([17], 9) }, "ip-header"],
  ["a cut header", { edit: (packet) => packet.set([0xff], 2) }, "ip-header"],
  ["RFC9568-7.1: a checksum that is wrong", { edit: (packet) => packet.set([1], 22) }, "checksum"],
  ["RFC9568-7.1: another version", { settings: version2 }, "other-version"],
  ["RFC9568-7.1: another virtual router", { advert: { vrid: 52 } }, "other-vrid"],
  ["an own packet that came back", { source: OWN }, "own-source"],
  ["a unicast packet to a multicast router", { destination: OWN }, "destination"],
  ["a multicast packet to a unicast router", { settings: unicast }, "destination"],
  ["a unicast packet from somebody else", { settings: unicast, destination: OWN, source: "192.0.2.66" }, "not-a-peer"],
  [
    "RFC3768-7.1: another interval in version 2",
    { settings: version2, advert: { version: 2, intervalMs: 2_000 } },
    "other-interval",
  ],
  [
    "RFC3768-7.1: a password that is not asked for",
    {
      settings: version2,
      advert: { version: 2, intervalMs: 1_000, authentication: { kind: "password", password: "s3cr3t" } },
    },
    "other-authentication",
  ],
];
for (const [name, given, reason] of discarded) {
  test(`${name} is discarded as ${reason}`, () => assert.deepEqual(receive(given), { ok: false, reason }));
}

test("unicast from a peer counts though it was routed", () => {
  const judgement = receive({ settings: unicast, destination: OWN, edit: (packet) => packet.set([63], 8) });
  assert.equal(judgement.ok, true);
});

test("RFC9568-7.1: another interval and other addresses are odd, and count all the same in version 3", () => {
  const judgement = receive({ advert: { intervalMs: 1_000, addresses: ["192.0.2.100", "192.0.2.101"] } });
  assert.ok(judgement.ok);
  assert.equal(judgement.advert.intervalMs, 1_000);
  assert.deepEqual(judgement.oddities, ["other-addresses", "other-interval"]);
});

test("the order of the addresses does not matter", () => {
  const two = {
    ...settings,
    addresses: ["192.0.2.101", "192.0.2.100"].map((address) => ({ address, prefixLength: 24, family: 4 as const })),
  };
  const judgement = receive({ settings: two, advert: { addresses: ["192.0.2.100", "192.0.2.101"] } });
  assert.ok(judgement.ok);
  assert.deepEqual(judgement.oddities, []);
});

test("what Debian's keepalived sends counts, version 2 and 3", () => {
  for (const [id, own] of [
    [32, version2],
    [36, settings],
  ] as const) {
    const vector = ADVERTS.find((candidate) => candidate.id === id);
    const judgement = receiveIpv4(own, "192.0.2.99", bytesOf(vector?.hex ?? "").subarray(14));
    assert.ok(judgement.ok, `vector ${id}`);
    assert.equal(judgement.advert.priority, 101);
  }
});
