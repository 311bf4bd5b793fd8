import assert from "node:assert/strict";
import { test } from "node:test";
import { vrrpSchema } from "../../../config/vrrp.ts";
import { Engine } from "../../../vrrp/shell/engine.ts";
import type { Command } from "../../../vrrp/shell/engine-messages.ts";
import { bytesOf, hexOf } from "../wire/vectors.ts";
import { openFakeKernel } from "./fake-kernel.ts";

// What an advert of ours, VRID 51, priority 128, 100 ms, 192.0.2.100, says from 192.0.2.11; the sums were made by hand.
//   message only:  31 33 80 01 00 0a xx xx c0 00 02 64
//   pseudo-header: before it c0 00 02 0b e0 00 00 12 00 70 00 0c
const MESSAGE = "31338001000a";
const MESSAGE_ONLY = "8c5c";
const PSEUDO_HEADER = "e9c1";
/** The same from 192.0.2.12 with priority 200, whose sum covers the message only. */
const HEARD = "45c0002000010000ff70188ec000020ce0000012" + "3133c801000a445cc0000264";
const HEADER_DIGITS = 40;

const CHECKSUMS = ["auto", "message-only", "pseudo-header"] as const;

/** The checksum of the first advert that is sent, after `heard` was. */
function sentForm(checksum: (typeof CHECKSUMS)[number], heard: string | undefined): string {
  const kernel = openFakeKernel();
  const edge = { vrid: 51, priority: 128, addresses: ["192.0.2.100/24"], neighbourWaitMs: 0, checksum };
  const config = vrrpSchema.parse({ vrrp: "lb1", trackProxy: { isEnabled: false }, instances: { edge } });
  const commands: Command[] = [{ kind: "configure", config, keys: new Map() }];
  const sent: string[] = [];
  kernel.packet = heard === undefined ? undefined : bytesOf(heard);
  kernel.onAdvert = (packet) => {
    sent.push(hexOf(packet).slice(HEADER_DIGITS));
    if (sent.length === 1) commands.push({ kind: "stop" });
  };
  const { libc, nowMs } = kernel;
  new Engine({ libc, nowMs, bell: 99, takeCommand: () => commands.shift(), report: () => undefined }).run();
  const [first = ""] = sent;
  assert.equal(first.slice(0, MESSAGE.length), MESSAGE);
  return first.slice(MESSAGE.length, MESSAGE.length + 4);
}

test("RFC9568-5.2.8 and RFC5798-5.2.8: the checksum is of the form that was heard, before that over the pseudo-header, or as told", () => {
  assert.deepEqual(
    CHECKSUMS.map((checksum) => [sentForm(checksum, undefined), sentForm(checksum, HEARD)]),
    [
      [PSEUDO_HEADER, MESSAGE_ONLY],
      [MESSAGE_ONLY, MESSAGE_ONLY],
      [PSEUDO_HEADER, PSEUDO_HEADER],
    ],
  );
});
