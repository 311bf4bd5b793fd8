import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";
import ssh2 from "ssh2";
import type { Values } from "../../lab/offline/grpc/values.ts";
import { openEngine } from "./engine.ts";
import { makeKeyPair } from "./key-pair.ts";
import { must, openPlugin, type Plugin, text } from "./plugin.ts";
import { COMMAND } from "./scenario-stage.ts";
import { HANG_UP, openSshServer, PASSWORD, REFUSED, type SshServer } from "./ssh-server.ts";

let engine: Awaited<ReturnType<typeof openEngine>>;
let plugin: Plugin;
const servers: SshServer[] = [];

before(async () => {
  engine = await openEngine();
  plugin = await openPlugin("command", { engine: engine.address });
});
after(async () => {
  await plugin.close();
  await Promise.all(servers.map((server) => server.close()));
  engine.close();
});

/** A server that lets in by one method only. */
async function serverFor(method: string): Promise<SshServer> {
  const server = await openSshServer({
    accept: (context) => context.method === method && (context.method !== "password" || context.password === PASSWORD),
  });
  servers.push(server);
  return server;
}

const to = (server: SshServer, more: Values): Values => ({
  ...{ host: "127.0.0.1", port: server.port, user: "ops", hostKey: server.hostKey },
  ...{ dialErrorLimit: 0, perDialTimeout: 5, ...more },
});

const say = async (connection: Values, inputs: Values = {}) =>
  text(must(await plugin.create(COMMAND, { connection, create: "uptime", ...inputs })).out, "stdout");

test("a password lets in", async () => {
  const server = await serverFor("password");
  strictEqual(await say(to(server, { password: PASSWORD })), "uptime");
  deepStrictEqual(server.logins, [{ method: "password", user: "ops" }]);
});

test("the password answers keyboard-interactive questions too", async () => {
  const server = await serverFor("keyboard-interactive");
  strictEqual(await say(to(server, { password: PASSWORD })), "uptime");
  deepStrictEqual(server.logins, [{ method: "keyboard-interactive", user: "ops" }]);
});

test("a wrong password is refused without being repeated in the error", async () => {
  const server = await serverFor("password");
  const answer = await plugin.create(COMMAND, { connection: to(server, { password: "mellon" }), create: "true" });
  ok("error" in answer);
  match(answer.error, /unable to authenticate/);
  ok(!answer.error.includes("mellon"));
});

const pkcs8 = (key: KeyObject, passphrase?: string) => {
  const form = { type: "pkcs8", format: "pem" } as const;
  return String(key.export(passphrase === undefined ? form : { ...form, cipher: "aes-256-cbc", passphrase }));
};
const ed25519 = generateKeyPairSync("ed25519").privateKey;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
const sealed = makeKeyPair("p").private;
const keys: readonly (readonly [kind: string, key: string, passphrase?: string])[] = [
  ["OpenSSH, with passphrase", sealed, "p"],
  ["OpenSSH", ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 }).private],
  ["PKCS#1", String(rsa.export({ type: "pkcs1", format: "pem" }))],
  ["PKCS#8 Ed25519, as tls.PrivateKey gives it", pkcs8(ed25519)],
  ["PKCS#8 RSA", pkcs8(rsa)],
  ["PKCS#8 P-384, with passphrase", pkcs8(p384, "p"), "p"],
];
for (const [kind, privateKey, privateKeyPassword] of keys) {
  test(`a private key lets in: ${kind}`, async () => {
    const server = await serverFor("publickey");
    const more = privateKeyPassword === undefined ? { privateKey } : { privateKey, privateKeyPassword };
    strictEqual(await say(to(server, more)), "uptime");
    deepStrictEqual(server.logins, [{ method: "publickey", user: "ops" }]);
  });
}

test("a key whose passphrase is missing or wrong is refused before anything is dialled", async () => {
  const server = await serverFor("publickey");
  const refusal = async (more: Values) => {
    const answer = await plugin.create(COMMAND, {
      connection: to(server, { privateKey: sealed, ...more }),
      create: "true",
    });
    return "error" in answer ? answer.error : undefined;
  };
  strictEqual(await refusal({}), "ssh: this private key is passphrase protected");
  strictEqual(await refusal({ privateKeyPassword: "q" }), "ssh: the private key's passphrase is wrong");
  strictEqual(server.open(), 0);
});

test("a jump host forwards, each hop with its own login and host key", async () => {
  const [jump, target] = [await serverFor("password"), await serverFor("publickey")];
  const connection = to(target, { privateKey: pkcs8(rsa), proxy: to(jump, { user: "gate", password: PASSWORD }) });
  strictEqual(await say(connection), "uptime");
  deepStrictEqual(
    [jump.logins, target.logins],
    [[{ method: "password", user: "gate" }], [{ method: "publickey", user: "ops" }]],
  );
});

test("what is wrong with a jump host is said to be the proxy's", async () => {
  const [jump, target] = [await serverFor("password"), await serverFor("password")];
  const proxy = to(jump, { password: PASSWORD, hostKey: target.hostKey });
  const answer = await plugin.create(COMMAND, {
    connection: to(target, { password: PASSWORD, proxy }),
    create: "true",
  });
  deepStrictEqual(answer, { error: "proxy: after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch" });
});

test("a connection stays open after its command, until the plugin ends", async () => {
  const server = await serverFor("password");
  await say(to(server, { password: PASSWORD }));
  await say(to(server, { password: PASSWORD }));
  strictEqual(server.open(), 2);
});

test("a host that breaks off in the middle of a command, or refuses it, is an error", async () => {
  const server = await serverFor("password");
  const refusal = async (create: string) => {
    const answer = await plugin.create(COMMAND, { connection: to(server, { password: PASSWORD }), create });
    return "error" in answer ? answer.error : undefined;
  };
  strictEqual(await refusal(REFUSED), "ssh: command failed: the host refused it or hung up");
  strictEqual(await refusal(HANG_UP), "ssh: command failed: the host refused it or hung up");
});

const nobody: Values = { host: "127.0.0.1", user: "root", password: "x", perDialTimeout: 5 };

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("failed attempts are counted, waited for and told to the user", async () => {
  const port = await closedPort();
  const from = engine.told.length;
  const connection = { ...nobody, port, dialErrorLimit: 2 };
  const answer = await plugin.create(COMMAND, { connection, create: "true" });
  deepStrictEqual(answer, {
    error: `after 2 failed attempts: dial tcp 127.0.0.1:${port}: connect: connection refused`,
  });
  deepStrictEqual(
    engine.told.slice(from).map(({ text, isStatus }) => [text, isStatus]),
    [
      ["Dial 1/2 failed: retrying", true],
      ["Dial 2/2 failed: retrying", true],
    ],
  );
});

test("a host that drops connections in the handshake, as a busy sshd does, is tried again", async () => {
  const server = await serverFor("password");
  let drops = 3;
  const doorman = createServer((socket) => {
    if (drops-- > 0) {
      socket.resetAndDestroy();
      return;
    }
    const inner = connect(server.port, "127.0.0.1");
    socket
      .on("error", () => inner.destroy())
      .pipe(inner)
      .pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(doorman, "listening");
  const { port } = doorman.address() as AddressInfo;
  strictEqual(await say(to(server, { password: PASSWORD, port, dialErrorLimit: 3 })), "uptime");
  strictEqual(drops, -1);
  doorman.close();
});

/** A port whose queue is full and whose owner sleeps: the kernel answers no further SYN, as a filter would not. */
const SLEEPING_LISTENER = `
  const { parentPort } = require("node:worker_threads");
  const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });`;

test("an attempt on a host that swallows packets ends after perDialTimeout", async () => {
  const worker = new Worker(SLEEPING_LISTENER, { eval: true });
  const [port] = (await once(worker, "message")) as [number];
  const queued = Array.from({ length: 8 }, () => connect(port, "127.0.0.1"));
  for (const socket of queued) socket.on("error", () => undefined);
  await Promise.all(queued.slice(0, 2).map((socket) => once(socket, "connect")));
  const connection = { ...nobody, port, dialErrorLimit: 0, perDialTimeout: 1 };
  const answer = await plugin.create(COMMAND, { connection, create: "true" });
  deepStrictEqual(answer, { error: `after 0 failed attempts: dial tcp 127.0.0.1:${port}: i/o timeout` });
  for (const socket of queued) socket.destroy();
  await worker.terminate();
});

test("the resource's own time limit ends the attempts", async () => {
  const connection = { ...nobody, port: await closedPort(), dialErrorLimit: -1 };
  const answer = await plugin.create(COMMAND, { connection, create: "true" }, { timeoutS: 1 });
  deepStrictEqual(answer, { error: "The operation was aborted due to timeout" });
});

test("cancelling ends the attempts, also those to come", async () => {
  const own = await openPlugin("command", { engine: engine.address });
  const connection = { ...nobody, port: await closedPort(), dialErrorLimit: -1 };
  const retrying = engine.until(({ text }) => text === "Dial 1/inf failed: retrying");
  const creation = own.create(COMMAND, { connection, create: "true" });
  await retrying;
  await own.cancel();
  deepStrictEqual(await creation, { error: "cancelled" });
  deepStrictEqual(await own.create(COMMAND, { connection, create: "true" }), { error: "cancelled" });
  strictEqual(await own.close(), 0);
});
