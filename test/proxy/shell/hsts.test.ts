import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { RawClient } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

const pem = readFileSync(new URL("../data/a.pem", import.meta.url), "utf8");
const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

const HSTS = /\r\nStrict-Transport-Security: ([^\r]*)/gi;

test("over TLS every answer says so, in clear none, and a backend's own word counts", async () => {
  const origin = await RawOrigin.start(({ head }) => {
    const own = head.startsWith("GET /own ") ? "strict-transport-security: max-age=7\r\n" : "";
    return `HTTP/1.1 200 OK\r\n${own}Content-Length: 2\r\n\r\nok`;
  });
  cleanUp.push(() => origin.close());
  const certificates = [{ name: "default", hostnames: ["a.example"], pem }];
  const tls = { hstsSeconds: 31_536_000, hstsSubdomains: true };
  const proxy = await TestProxy.start({ apps: [app1([origin.address])], certificates, proxy: { tls } });
  cleanUp.push(() => proxy.stop());
  const [secure, clear] = [await RawClient.openTls(proxy.tlsPort, "a.example"), await RawClient.open(proxy.port)];
  const said = async (client: RawClient, path: string) => {
    client.send(`GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`);
    return [...(await client.response()).head.matchAll(HSTS)].map(([, value]) => value);
  };
  assert.deepEqual(await said(secure, "/app1/x"), ["max-age=31536000; includeSubDomains"]);
  assert.deepEqual(await said(secure, "/nowhere/"), ["max-age=31536000; includeSubDomains"]);
  assert.deepEqual(await said(secure, "/app1/own"), ["max-age=7"]);
  assert.deepEqual(await said(clear, "/app1/x"), []);
  assert.deepEqual(await said(clear, "/nowhere/"), []);
  secure.destroy();
  clear.destroy();
});
