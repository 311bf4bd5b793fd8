import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { documentOf, startDaemon } from "./daemon.ts";
import { block, noKeepalived, runtime, skip, startPair, TIMEOUT_MS, unblock } from "./failing-links.ts";
import { startKeepalived } from "./keepalived.ts";
import { BOTH, buildRig6, SIX, virtualAddresses6 } from "./rig6.ts";

// What can be wrong with a link, over IPv6: deaf, one-way, somebody else on it.

if (skip !== false) console.log(`IPv6 links that fail, between namespaces, skipped: ${skip}`);

const FOLLOWED = /fe80::\S+ is Active, with priority 254/;

describe("IPv6 links that fail", { skip, timeout: TIMEOUT_MS, concurrency: true }, () => {
  test("adverts blocked in one direction: no second Active, and who answers for the addresses is told", async (t) => {
    const rig = buildRig6(t, "lb1", "lb2");
    const { lb1, lb2 } = await startPair(rig, SIX);
    block(rig, "ip6", "lb2", "ip6 nexthdr 112 drop");
    assert.match(
      await lb2.child.until(/"event":"note".*not taking over/, 0),
      /advertisements of fe80::\S+ don't arrive, but it says .* that it is Active, and [0-9a-f:]{17} answers/,
    );
    assert.deepEqual([virtualAddresses6(rig, "lb1"), virtualAddresses6(rig, "lb2")], [BOTH, []]);
    const ready = lb1.child.until(/"event":"standby".*"isReady":true/);
    unblock(rig, "ip6", "lb2");
    await ready;
    assert.equal((await lb2.status()).instances["edge"]?.state, "Backup");
  });

  test("two Actives whose adverts don't come through: the worse one sees who answers, and goes", async (t) => {
    const rig = buildRig6(t, "lb1", "lb2");
    const { lb1, lb2 } = await startPair(rig, SIX);
    const taken = lb2.reaches("Active");
    rig.exec("switch", "ip", "link", "set", "port-lb1", "nomaster");
    await taken;
    for (const host of ["lb1", "lb2"]) block(rig, "ip6", host, "ip6 nexthdr 112 drop");
    rig.exec("switch", "ip", "link", "set", "port-lb1", "master", "br0");
    assert.match(await lb2.reaches("Backup"), /"reason":"split-brain".* [0-9a-f:]{17} answers for the addresses/);
    assert.deepEqual([virtualAddresses6(rig, "lb1"), virtualAddresses6(rig, "lb2")], [BOTH, []]);
    assert.equal((await lb1.status()).instances["edge"]?.state, "Active");
  });

  test("an interface that is up but deaf makes no Active, until it hears something", async (t) => {
    const rig = buildRig6(t, "lb1", "lb2");
    rig.exec("switch", "ip", "link", "set", "port-lb2", "nomaster");
    const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(254, SIX));
    await lb1.reaches("Active");
    const lb2 = await startDaemon(rig, "lb2", runtime, documentOf(250, { ...SIX, neighbourWaitMs: 60_000 }));
    await lb2.child.until(/interface eth0: nothing heard from it yet, waiting at most 60000 ms/, 0);
    const heard = lb2.reaches("Backup");
    rig.exec("switch", "ip", "link", "set", "port-lb2", "master", "br0");
    await heard;
    await lb2.child.until(FOLLOWED, 0);
  });

  test("any host of the link that answers is enough, also one without VRRP", async (t) => {
    const rig = buildRig6(t, "lb1", "stranger");
    const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(254, { ...SIX, neighbourWaitMs: 60_000 }));
    await lb1.reaches("Active");
    assert.deepEqual(virtualAddresses6(rig, "lb1"), BOTH);
  });

  test("an owner of the address that does not speak VRRP is found before the first takeover", async (t) => {
    const rig = buildRig6(t, "lb1", "stranger");
    rig.exec("stranger", "ip", "address", "add", "2001:db8::100/128", "dev", "eth0", "nodad");
    const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(254, { ...SIX, neighbourWaitMs: 3_000 }));
    const held = await lb1.child.until(/"event":"note"/, 0);
    assert.match(held, /nobody advertises, but [0-9a-f:]{17} answers for the addresses: waiting at most 10000 ms/);
    assert.deepEqual(virtualAddresses6(rig, "lb1"), []);
    rig.exec("stranger", "ip", "address", "delete", "2001:db8::100/128", "dev", "eth0");
    await lb1.reaches("Active");
  });

  test("both hosts booted at once: one Active, never two", async (t) => {
    const rig = buildRig6(t, "lb1", "lb2");
    const wire = rig.spawn("switch", "tcpdump", "-i", "br0", "-nn", "-l", "--immediate-mode", "ip6 proto 112");
    await wire.until(/listening on br0/);
    const start = (host: string, priority: number) =>
      startDaemon(rig, host, runtime, documentOf(priority, { ...SIX, neighbourWaitMs: 3_000 }));
    const pair = await Promise.all([start("lb1", 254), start("lb2", 250)]);
    await Promise.race(pair.map(({ child }) => child.until(/fe80::\S+ is Active/, 0)));
    await wire.until(/> ff02::12/, 0);
    const sources = wire.lines.flatMap((line) => /(fe80::\S+) > ff02::12/.exec(line)?.[1] ?? []);
    assert.equal(new Set(sources).size, 1);
  });

  test("SIGKILL of everything: the addresses vanish by themselves; what is left at a start is removed", async (t) => {
    const rig = buildRig6(t, "lb1", "lb2");
    const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(254, SIX));
    await lb1.reaches("Active");
    const addresses = await rig.monitorAddresses("lb1");
    await lb1.child.kill("SIGKILL");
    await addresses.until(/Deleted.*2001:db8::100/, 0);
    rig.exec("lb2", "ip", "address", "add", "2001:db8::100/64", "dev", "eth0", "nodad");
    const lb2 = await startDaemon(rig, "lb2", runtime, documentOf(253, { ...SIX, neighbourWaitMs: 60_000 }));
    assert.notEqual((await lb2.status()).instances["edge"]?.state, "Active");
    assert.deepEqual(virtualAddresses6(rig, "lb2"), []);
  });

  test("a foreign keepalived with the same VRID is named, and the addresses stay", {
    skip: noKeepalived,
  }, async (t) => {
    const rig = buildRig6(t, "lb1", "stranger");
    const lb1 = await startDaemon(rig, "lb1", runtime, documentOf(254, SIX));
    await lb1.reaches("Active");
    const addresses = ["fe80::77/64", "2001:db8::77/64"];
    await startKeepalived(rig, "stranger", { version: 3, priority: 100, advertSeconds: 0.1, addresses });
    await lb1.child.until(/"oddity":"other-addresses","source":"fe80::/, 0);
    await lb1.child.until(/fe80::\S+ is Active too, with priority 100; own is 254/, 0);
    assert.deepEqual(virtualAddresses6(rig, "lb1"), BOTH);
  });
});
