import assert from "node:assert/strict";
import { execPath } from "node:process";
import { describe, test } from "node:test";
import type { SwitchoverResult } from "../../../config/status.ts";
import type { VrrpInput } from "../../../config/vrrp.ts";
import { askStatus } from "../../../daemon/status-socket.ts";
import type { Child } from "./child.ts";
import { documentOf, findRuntimes, startDaemon } from "./daemon.ts";
import { joinBack, type Rig, whyNot } from "./rig.ts";
import { BOTH, buildRig6, SIX, virtualAddresses6 } from "./rig6.ts";

// Connections that a planned switchover finds under way.

const skip = whyNot() ?? false;
if (skip !== false) console.log(`connections during a switchover, between namespaces, skipped: ${skip}`);

const TIMEOUT_MS = 240_000;
const PORT = 8_080;
const SERVER = `
  require("node:net")
    .createServer((socket) => {
      const answer = (data) => (String(data) === "bye\\n" ? socket.end() : socket.write(process.argv[1] + " " + data));
      socket.on("data", answer).on("error", () => {});
    })
    .listen(${PORT}, "::", () => console.log("listening"))`;
/** Asks the server again and again over one connection, from a port of its choice or a given one, and prints its answers. */
const CLIENT = `
  const [host, port = "0"] = process.argv.slice(1);
  const socket = require("node:net").connect({ port: ${PORT}, host, localPort: Number(port) });
  let count = 0;
  const ask = () => socket.write(++count + "\\n");
  socket.on("connect", ask).on("data", (data) => { process.stdout.write(data); setTimeout(ask, 20); })`;
/** Has its connection closed by the server, which so keeps it in TIME-WAIT for a minute. */
const GUEST = `
  const [host, port = "0"] = process.argv.slice(1);
  const socket = require("node:net").connect({ port: ${PORT}, host, localPort: Number(port) }, () => socket.write("bye\\n"));
  socket.on("end", () => console.log("closed")).resume()`;
const CLIENT_PORT = "40000";

const families = [
  { name: "IPv4", instance: {}, address: "192.0.2.100", held: (rig: Rig, host: string) => rig.virtualAddresses(host) },
  { name: "IPv6", instance: SIX, address: "2001:db8::100", held: virtualAddresses6 },
] as const;

function controlled(host: "lb1" | "lb2", priority: number, instance: object): VrrpInput {
  const peers = [host === "lb1" ? "198.51.100.12" : "198.51.100.11"];
  const slow = { advertIntervalMs: 1_000, ...instance };
  return documentOf(priority, slow, { vrrp: host, control: { peers, lingerMs: 60_000 } });
}

async function switchOver({ socket }: { readonly socket: string }): Promise<void> {
  const moved = (await askStatus(socket, { request: "switchover" }, 30_000)) as SwitchoverResult;
  assert.deepEqual([moved.isOk, moved.problems], [true, []]);
}

/** A later answer than all before. */
const next = (client: Child) => client.until(/^lb/);

for (const runtime of findRuntimes().runtimes) {
  for (const { name, instance, address, held } of families) {
    describe(`${name} on ${runtime.name}`, { skip, timeout: TIMEOUT_MS }, () => {
      test("a connection goes on where it began, a new one begins at the new Active, and the addresses go with the last one", async (t) => {
        const rig = buildRig6(t, "lb1", "lb2", "client");
        joinBack(rig);
        for (const host of ["lb1", "lb2"]) await rig.spawn(host, execPath, "-e", SERVER, host).until(/listening/, 0);
        const lb1 = await startDaemon(rig, "lb1", runtime, controlled("lb1", 254, instance));
        await lb1.reaches("Active");
        await startDaemon(rig, "lb2", runtime, controlled("lb2", 250, instance));
        await lb1.child.until(/"event":"standby".*"isReady":true/, 0);

        const before = rig.spawn("client", execPath, "-e", CLIENT, address);
        assert.match(await before.until(/^lb/, 0), /^lb1 /);
        await switchOver(lb1);
        // Who has forgotten where the address is asks, and only the new Active answers.
        rig.exec("client", "ip", "neigh", "flush", "dev", "eth0");
        const after = rig.spawn("client", execPath, "-e", CLIENT, address);
        assert.match(await after.until(/^lb/, 0), /^lb2 /);
        // Ten more, so that neighbours have had the time to be told otherwise.
        for (let count = 0; count < 10; count++) assert.match(await next(before), /^lb1 /);
        assert.match(await next(after), /^lb2 /);
        if (name === "IPv6") assert.deepEqual([held(rig, "lb1"), held(rig, "lb2")], [BOTH, BOTH]);

        const addresses = await rig.monitorAddresses("lb1");
        await before.kill("SIGTERM");
        await addresses.until(new RegExp(`Deleted.*${address}`), 0);
        assert.deepEqual(held(rig, "lb1"), []);
        assert.match(await next(after), /^lb2 /);
      });

      test("a connection goes on where it began, though the new Active has just closed one between the same ports", async (t) => {
        const rig = buildRig6(t, "lb1", "lb2", "client");
        joinBack(rig);
        for (const host of ["lb1", "lb2"]) await rig.spawn(host, execPath, "-e", SERVER, host).until(/listening/, 0);
        const lb2 = await startDaemon(rig, "lb2", runtime, controlled("lb2", 254, instance));
        await lb2.reaches("Active");
        const lb1 = await startDaemon(rig, "lb1", runtime, controlled("lb1", 250, instance));
        await lb2.child.until(/"event":"standby".*"isReady":true/, 0);
        await rig.spawn("client", execPath, "-e", GUEST, address, CLIENT_PORT).until(/closed/, 0);

        const addresses = await rig.monitorAddresses("lb2");
        await switchOver(lb2);
        await addresses.until(new RegExp(`Deleted.*${address}`), 0);
        await lb1.child.until(/"event":"standby".*"isReady":true/, 0);
        const client = rig.spawn("client", execPath, "-e", CLIENT, address, CLIENT_PORT);
        assert.match(await client.until(/^lb/, 0), /^lb1 /);
        await switchOver(lb1);
        for (let count = 0; count < 10; count++) assert.match(await next(client), /^lb1 /);
      });
    });
  }
}
