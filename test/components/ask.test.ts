import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, test } from "node:test";
import { askHost } from "../../components/remote/ssh/ask.ts";
import type { Connection } from "../../components/render/connection.ts";
import { makeKeyPair } from "../offline/key-pair.ts";
import { openSshServer, PASSWORD, type SshServer } from "../offline/ssh-server.ts";

// Questions to a host before anything is changed there: every way to log in that a connection knows.

const WAIT_MS = 10_000;
const servers: SshServer[] = [];
after(() => Promise.all(servers.map((server) => server.close())));

async function serverFor(method: string): Promise<SshServer> {
  const server = await openSshServer({
    accept: (context) => context.method === method && (context.method !== "password" || context.password === PASSWORD),
  });
  servers.push(server);
  return server;
}

function to(server: SshServer, more: Partial<Connection>): Connection {
  return { host: "127.0.0.1", port: server.port, user: "ops", hostKey: server.hostKey, ...more };
}

test("a password, also for questions that a host asks in its own words", async () => {
  for (const method of ["password", "keyboard-interactive"]) {
    const server = await serverFor(method);
    assert.equal(await askHost(to(server, { password: PASSWORD }), "uptime", WAIT_MS), "uptime\n");
    assert.deepEqual(server.logins, [{ method, user: "ops" }]);
  }
});

test("a private key, and a jump host on the way", async () => {
  const { private: privateKey } = makeKeyPair();
  const [server, jump] = [await serverFor("publickey"), await serverFor("password")];
  const { proxy: _, ...proxy } = to(jump, { password: PASSWORD });
  assert.equal(await askHost(to(server, { privateKey, proxy }), "uptime", WAIT_MS), "uptime\n");
  assert.deepEqual([server.logins.length, jump.logins.length], [1, 1]);
});

test("afterwards no connection stays open", async () => {
  const [server, jump] = [await serverFor("password"), await serverFor("password")];
  const { proxy: _, ...proxy } = to(jump, { password: PASSWORD });
  await askHost(to(server, { password: PASSWORD, proxy }), "uptime", WAIT_MS);
  while (server.open() + jump.open() > 0) await new Promise((resolve) => setImmediate(resolve));
});

test("another machine than the one that is known is not asked", async () => {
  const server = await serverFor("password");
  const { public: hostKey } = makeKeyPair();
  await assert.rejects(askHost(to(server, { password: PASSWORD, hostKey }), "uptime", WAIT_MS), /[Hh]ost/);
  assert.deepEqual(server.logins, []);
});

test("a login that is refused is told without the password", async () => {
  const server = await serverFor("password");
  await assert.rejects(askHost(to(server, { password: "mellon" }), "uptime", WAIT_MS), (error: Error) => {
    assert.doesNotMatch(String(error.stack), /mellon/);
    return /authentication/.test(error.message);
  });
});

test("a host that accepts and says nothing is given up in time", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const { public: hostKey } = makeKeyPair();
  await assert.rejects(askHost({ host: "127.0.0.1", port, hostKey }, "uptime", 50), /no answer within 50 ms/);
  silent.close();
});

test("a host that answers only when it was given up is not kept connected", async () => {
  const server = await serverFor("password");
  const givenUp = Promise.withResolvers<void>();
  const quiet = (socket: Socket) => socket.on("error", () => undefined);
  const slow = createServer((socket) => {
    quiet(socket);
    void givenUp.promise.then(() => socket.pipe(quiet(connect(server.port, "127.0.0.1"))).pipe(socket));
  }).listen(0, "127.0.0.1");
  await once(slow, "listening");
  const { port } = slow.address() as AddressInfo;
  await assert.rejects(askHost(to(server, { password: PASSWORD, port }), "uptime", 50), /no answer within 50 ms/);
  givenUp.resolve();
  slow.close();
  await once(slow, "close");
});
