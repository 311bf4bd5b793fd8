import assert from "node:assert/strict";
import { after, test } from "node:test";
import { ConfigDirectory, lines } from "../lib/config-directory.ts";
import { DaemonProcess, freePort, type Runtime, runtimes } from "../lib/daemon-process.ts";
import { ExchangeRig } from "../lib/exchange-rig.ts";
import { exchanges } from "../lib/exchange-table.ts";
import { RawClient } from "../lib/raw-client.ts";

// Every exchange of the table with the daemon itself, over sockets of the system, on every runtime that is there.

const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

const table = exchanges();
const { found, missing } = runtimes();
const rigs = await Promise.all(
  found.map(async (runtime) => ({
    name: runtime.name,
    rig: await ExchangeRig.start((address) => serve(runtime, address)),
  })),
);
cleanUp.push(() => Promise.all(rigs.map(({ rig }) => rig.origin.close())));
for (const why of missing) test("the table on Bun", { skip: why }, () => undefined);

test("the table has rows of all kinds", () => {
  assert.ok(table.filter(({ forwarded }) => forwarded === "").length > 200);
  assert.ok(table.filter(({ forwarded }) => forwarded !== "").length > 100);
  assert.equal(new Set(table.map(({ name }) => name)).size, table.length, "every name is its own");
});

for (const { name, rig } of rigs) {
  for (const exchange of table) {
    test(`${name}: ${exchange.name}`, () => rig.hold(exchange, [(client, text) => client.send(text)], "octets"));
  }
}

async function serve(runtime: Runtime, address: string): Promise<() => Promise<RawClient>> {
  const port = await freePort();
  const directory = new ConfigDirectory({
    "proxy.jsonl": lines(
      { proxy: "lb1", workers: 1 },
      { log: { access: "off" } },
      { listener: "http", kind: "http", address: "127.0.0.1", port },
    ),
    "apps.d/app1.jsonl": lines(
      { app: "app1", path: "/app1/" },
      { persistence: { kind: "none" } },
      { check: { kind: "none" } },
      { backend: "b0", address },
    ),
  });
  cleanUp.push(() => directory.remove());
  const daemon = new DaemonProcess(runtime, ["--config-dir", directory.path, "--run-dir", directory.runPath]);
  cleanUp.push(() => daemon.signal("SIGKILL"));
  await daemon.line(/"event":"started"/);
  return () => RawClient.open(port);
}
