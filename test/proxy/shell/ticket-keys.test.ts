import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { createServer, type SecureContext, type Server } from "node:tls";
import { TicketKeyPlace } from "../../../proxy/shell/ticket-key-place.ts";
import { nextTicketKeysMs, ticketKeys } from "../../../proxy/shell/ticket-keys.ts";
import { Tickets } from "../../../proxy/shell/tickets.ts";
import { ask, pem } from "../lib/certified-client.ts";
import { app1, type Setup, TestProxy } from "../lib/test-proxy.ts";

const certificate = (name: string) => ({
  name: "default",
  hostnames: ["a.example"],
  pem: pem(name),
});
const DAY_MS = 86_400_000;
const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

test("the keys of a day are the same wherever the certificate is, and of no other day or certificate", () => {
  const noon = 20_000 * DAY_MS + DAY_MS / 2;
  const keys = ticketKeys(certificate("a"), noon);
  assert.equal(keys?.length, 48);
  assert.deepEqual(ticketKeys(certificate("a"), noon + 1_000), keys);
  assert.notDeepEqual(ticketKeys(certificate("a"), noon + nextTicketKeysMs(noon)), keys);
  assert.notDeepEqual(ticketKeys(certificate("b"), noon), keys);
  assert.equal(nextTicketKeysMs(noon), DAY_MS / 2);
  assert.equal(ticketKeys(undefined, noon), undefined);
});

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`${version}: a session that began at one proxy is resumed by another that has the certificate`, async () => {
    const [first, second] = [await start({}), await start({})];
    const { session } = await ask({ port: first.proxy.tlsPort, version });
    assert.notEqual(session, undefined);
    const resume = async () => (await ask({ port: second.proxy.tlsPort, version, session })).isReused;
    assert.equal(await resume(), true);
    await second.apply({ apps: [app1(["127.0.0.1:2"]), { ...app1(["127.0.0.1:1"]), app: "app2", path: "/app2/" }] });
    assert.equal(await resume(), true);
    await second.apply({ certificates: [certificate("b")] });
    assert.equal(await resume(), false);
    await second.apply({});
    while (!(await resume())); // on Bun, another context has its own keys for some milliseconds
    assert.deepEqual([first.proxy.loneTickets, second.proxy.loneTickets], [[], []]);
  });

  test(`${version}: where clients must have a certificate, another proxy resumes what they have proved`, async () => {
    const required = { proxy: { tls: { clientCertificates: { mode: "required", caPem: pem("client-ca") } } } } as const;
    const [first, second] = [await start(required), await start(required)];
    const begin = { version, certificate: "client-alice" } as const;
    const { response, session } = await ask({ ...begin, port: first.proxy.tlsPort });
    assert.match(response, /^HTTP\/1\.1 503 /);
    assert.equal((await ask({ ...begin, port: second.proxy.tlsPort, session })).isReused, true);
    // Nobody takes part with a session of those who need no certificate.
    const open = await ask({ port: (await start({})).proxy.tlsPort, version });
    assert.equal((await ask({ port: second.proxy.tlsPort, version, session: open.session })).response, "");
    assert.deepEqual([first.proxy.loneTickets, second.proxy.loneTickets], [[], []]);
  });
}

test("a server whose keys can't be set says why", async () => {
  const faults: string[] = [];
  const tickets = new Tickets(createServer({}), (because) => faults.push(because));
  cleanUp.push(() => tickets.close());
  await tickets.renew(certificate("a"), undefined);
  // Without a certificate there is no handshake, and Bun gives no ticket to look for.
  assert.equal(faults.length, "bun" in process.versions ? 1 : 0);
});

test("keys that don't become a context's are taken back; where no key proves to be its own, nothing is written", async () => {
  const own = await answering();
  const { session } = await ask({ port: own.port });
  if (!("bun" in process.versions)) {
    // Node has its keys in another order.
    await assert.rejects(TicketKeyPlace.find(own.context), /^Error: the key of its tickets was not found$/);
  } else {
    const place = await TicketKeyPlace.find(own.context);
    Object.assign(place, { context: (await answering()).context });
    const refused = /^Error: tickets are not sealed with the keys that were set$/;
    await assert.rejects(place.set(randomBytes(48)), refused);
  }
  assert.equal((await ask({ port: own.port, session })).isReused, true);
});

/** A server of TLS that answers whatever is asked. */
async function answering() {
  const server = createServer({ cert: pem("a"), key: pem("a") }, (socket) =>
    socket.end("HTTP/1.1 204 No Content\r\n\r\n"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanUp.push(() => server.close());
  const { _sharedCreds: context } = server as Server & { readonly _sharedCreds: SecureContext };
  return { context, port: (server.address() as AddressInfo).port };
}

/** A server that is told its keys, as Node's is; on Bun, where it has no context that could be had, each try is a fault. */
function teller() {
  const told: (Buffer | string)[] = [];
  const server = { setTicketKeys: (keys: Buffer) => told.push(keys) } as unknown as Server;
  const tickets = new Tickets(server, (because) => told.push(because));
  cleanUp.push(() => tickets.close());
  return { told, tickets };
}
const toldOf = (epochMs: number) =>
  "bun" in process.versions ? "its TLS context can't be had" : ticketKeys(certificate("a"), epochMs);

test("when the day is over, the next day's keys are set", async (context) => {
  const midnight = 20_001 * DAY_MS;
  context.mock.timers.enable({ apis: ["Date", "setTimeout"], now: midnight - 1_000 });
  const { told, tickets } = teller();
  await tickets.renew(certificate("a"), undefined);
  context.mock.timers.tick(999);
  await settled();
  assert.deepEqual(told, [toldOf(midnight - 1)]);
  context.mock.timers.tick(1);
  await settled();
  assert.deepEqual(told, [toldOf(midnight - 1), toldOf(midnight)]);
});

test("of keys that are to be set at once, only the last are set, and none behind the end", async () => {
  const { told, tickets } = teller();
  const asked = ["b", "b", "a"].map((name) => tickets.renew(certificate(name), undefined));
  await Promise.all(asked);
  assert.deepEqual(told, [toldOf(Date.now())]);
  void tickets.renew(certificate("b"), undefined);
  tickets.close();
  await settled();
  assert.equal(told.length, 1);
});

/** What is under way without waiting for anything has been done. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function start(over: Partial<Setup>) {
  const setup: Setup = { apps: [app1(["127.0.0.1:1"])], certificates: [certificate("a")], ...over };
  const proxy = await TestProxy.start(setup);
  cleanUp.push(() => proxy.stop());
  return { proxy, apply: (change: Partial<Setup>) => proxy.apply({ ...setup, ...change }) };
}
