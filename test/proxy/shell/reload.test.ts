import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { TLSSocket } from "node:tls";
import { RawClient } from "../lib/raw-client.ts";
import { OK, RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

const pemOf = (name: string) => readFileSync(new URL(`../data/${name}.pem`, import.meta.url), "utf8");
const get = (path = "/app1/", fields = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

test("an app comes, changes and goes under a connection that lives on", async () => {
  const [first, second] = [await RawOrigin.start(), await RawOrigin.start()];
  const proxy = await TestProxy.start({ apps: [app1([first.address])] });
  const client = await RawClient.open(proxy.port);
  const status = async (path: string) => {
    client.send(get(path));
    return (await client.response()).status;
  };
  assert.deepEqual([await status("/app1/"), await status("/new/")], [200, 404]);
  await proxy.apply({ apps: [app1([first.address]), app1([second.address], { app: "new", path: "/new/" })] });
  assert.deepEqual([await status("/app1/"), await status("/new/")], [200, 200]);
  await proxy.apply({ apps: [app1([second.address], { app: "new", path: "/new/" })] });
  assert.deepEqual([await status("/app1/"), await status("/new/")], [404, 200]);
  client.destroy();
  await proxy.stop();
  for (const origin of [first, second]) await origin.close();
});

test("an exchange under way ends with the backend it began with, also when that is removed", async () => {
  let answer: (() => void) | undefined;
  const first = await RawOrigin.start(() => (socket) => {
    answer = () => socket.write(OK);
  });
  const second = await RawOrigin.start();
  const proxy = await TestProxy.start({ apps: [app1([first.address])] });
  const client = await RawClient.open(proxy.port);
  client.send(get());
  await first.seen(1);
  await proxy.apply({ apps: [app1([second.address], { backends: { other: { address: second.address } } })] });
  answer?.();
  assert.match((await client.response()).head, /SRVID_app1=b0;/);
  client.send(get("/app1/", "Cookie: SRVID_app1=b0\r\n"));
  assert.match((await client.response()).head, /SRVID_app1=other;/);
  client.destroy();
  await proxy.stop();
  for (const origin of [first, second]) await origin.close();
});

test("a backend that stays keeps its idle connections and its counts", async () => {
  const origin = await RawOrigin.start();
  const proxy = await TestProxy.start({ apps: [app1([origin.address])] });
  const client = await RawClient.open(proxy.port);
  client.send(get());
  await client.response();
  await proxy.apply({ apps: [app1([origin.address], { timeouts: { serverMs: 1_000 } })] });
  client.send(get());
  await client.response();
  await proxy.logged(2);
  assert.deepEqual(
    origin.requests.map(({ connection }) => connection),
    [0, 0],
  );
  assert.equal(proxy.worker.table.apps[0]?.backends[0]?.state.traffic.sessionsTotal, 2);
  client.destroy();
  await proxy.stop();
  await origin.close();
});

test("certificates are chosen by name, and replaced without ending a connection", async () => {
  const origin = await RawOrigin.start();
  const apps = [app1([origin.address])];
  const certificate = (name: string, hostnames: readonly string[]) => ({ name, hostnames, pem: pemOf(name) });
  const proxy = await TestProxy.start({
    apps,
    certificates: [certificate("a", ["a.example", "*.a.example"]), certificate("b", ["b.example"])],
  });
  const nameSeenBy = async (servername: string) => {
    const client = await RawClient.openTls(proxy.tlsPort, servername);
    const { subject } = (client.socket as TLSSocket).getPeerCertificate();
    client.destroy();
    return subject.CN;
  };
  const names = ["a.example", "B.example", "x.a.example", "x.y.a.example", "unknown.example", ""];
  assert.deepEqual(await Promise.all(names.map(nameSeenBy)), [
    "a.example",
    "b.example",
    "a.example",
    "a.example",
    "a.example",
    "a.example",
  ]);
  const old = await RawClient.openTls(proxy.tlsPort, "a.example");
  await proxy.apply({ apps, certificates: [certificate("b", ["a.example"])] });
  assert.deepEqual(await Promise.all(["a.example", "unknown.example", ""].map(nameSeenBy)), [
    "b.example",
    "b.example",
    "b.example",
  ]);
  old.send(get());
  assert.equal((await old.response()).body, "ok");
  old.destroy();
  await proxy.stop();
  await origin.close();
});

test("a listener that can't be had changes nothing", async () => {
  const origin = await RawOrigin.start();
  const proxy = await TestProxy.start({ apps: [app1([origin.address])] });
  const { proxy: config } = proxy.worker.table;
  const taken = Number(origin.address.split(":")[1]);
  const listeners = {
    ...config.listeners,
    extra: { kind: "http", port: taken, address: "127.0.0.1", status: 308 } as const,
  };
  const configuration = {
    proxy: { ...config, listeners },
    apps: [],
    leaving: {},
    certificates: [],
    statsPassword: undefined,
    hashes: {},
  };
  await assert.rejects(proxy.worker.apply(configuration), /EADDRINUSE/);
  const client = await RawClient.open(proxy.port);
  client.send(get());
  assert.equal((await client.response()).status, 200);
  client.destroy();
  await proxy.stop();
  await origin.close();
});

test("a draining proxy ends what is under way, tells the client so, and accepts nothing new", async () => {
  let answer: (() => void) | undefined;
  const origin = await RawOrigin.start(() => (socket) => {
    answer = () => socket.write(OK);
  });
  const proxy = await TestProxy.start({ apps: [app1([origin.address])] });
  const [busy, idle] = [await RawClient.open(proxy.port), await RawClient.open(proxy.port)];
  const { port } = proxy;
  busy.send(get());
  await origin.seen(1);
  const drained = proxy.worker.drain(60_000, "prompt");
  await idle.closed();
  await assert.rejects(RawClient.open(port), /ECONNREFUSED/);
  answer?.();
  assert.match((await busy.response()).head, /\r\nConnection: close$/);
  busy.destroy();
  await drained;
  await origin.close();
});

test("http goes to https with host, path and query, and to nowhere else", async () => {
  const proxy = await TestProxy.start({ apps: [] });
  const client = await RawClient.open(proxy.redirectPort);
  const locationFor = async (path: string, host: string) => {
    client.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const { status, head } = await client.response();
    return [status, /\r\nLocation: (.*)/.exec(head)?.[1]];
  };
  assert.deepEqual(await locationFor("/app1/x?y=/z", "Example.com:8080"), [308, "https://example.com/app1/x?y=/z"]);
  assert.deepEqual(await locationFor("//evil.example/", "example.com"), [308, "https://example.com/evil.example/"]);
  client.destroy();
  await proxy.stop();
});

test("/app1 goes to /app1/ with its query, unless that is switched off", async () => {
  const proxy = await TestProxy.start({ apps: [app1(["127.0.0.1:1"])] });
  const client = await RawClient.open(proxy.port);
  client.send(get("/app1?x=1"));
  const { status, head } = await client.response();
  assert.deepEqual([status, /\r\nLocation: (.*)/.exec(head)?.[1]], [308, "/app1/?x=1"]);
  await proxy.apply({ apps: [app1(["127.0.0.1:1"])], proxy: { redirectToSlash: false } });
  client.send(get("/app1?x=1"));
  assert.equal((await client.response()).status, 404);
  client.destroy();
  await proxy.stop();
});

test("apps on the same server share its connections, and one of them that goes does not close them", async () => {
  const origin = await RawOrigin.start();
  const [one, two] = [app1([origin.address]), app1([origin.address], { app: "two", path: "/two/" })];
  const proxy = await TestProxy.start({ apps: [one, two] });
  const client = await RawClient.open(proxy.port);
  const ask = async (path: string) => {
    client.send(get(path));
    assert.equal((await client.response()).status, 200);
  };
  await ask("/app1/");
  await ask("/two/");
  await proxy.apply({ apps: [two] });
  await ask("/two/");
  assert.deepEqual(
    origin.requests.map(({ connection }) => connection),
    [0, 0, 0],
  );
  client.destroy();
  await proxy.stop();
  await origin.close();
});
