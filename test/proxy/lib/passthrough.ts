import type { TestContext } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { PassthroughInput } from "../../../config/passthrough.ts";
import type { ProxyInput } from "../../../config/proxy.ts";
import { RawOrigin } from "./raw-origin.ts";
import { app1, TestProxy } from "./test-proxy.ts";
import { pem, TlsOrigin } from "./tls-origin.ts";

// A proxy with a passthrough app, its backends and its clients; all of it ends with the test.

/** Something listens there no longer. */
export const DEAD = "127.0.0.1:1";
export const certificates = [{ name: "main", hostnames: ["a.example"], pem: pem("a") }];

/** @param hasHeader  it wants to be told who the client is (PROXY protocol) */
export async function originFor(t: TestContext, name: string, hasHeader = false): Promise<TlsOrigin> {
  const started = await TlsOrigin.start(name, hasHeader);
  t.after(() => started.close());
  return started;
}

/** The proxy with one passthrough app for shop.example.com beside app1, which it serves itself. */
export async function proxyFor(
  t: TestContext,
  addresses: readonly string[],
  more: Partial<PassthroughInput> = {},
  proxy: Partial<ProxyInput> = {},
): Promise<TestProxy> {
  const plain = await RawOrigin.start();
  const shop: PassthroughInput = {
    passthrough: "shop",
    hostnames: ["shop.example.com"],
    check: { kind: "none" },
    backends: Object.fromEntries(addresses.map((address, index) => [`s${index}`, { address }])),
    ...more,
  };
  const started = await TestProxy.start({ apps: [app1([plain.address])], passthroughs: [shop], proxy, certificates });
  t.after(async () => {
    await started.stop();
    await plain.close();
  });
  return started;
}

/** A client's TLS connection, up. */
export function openTunnel(proxy: TestProxy, servername: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const options = { port: proxy.tlsPort, host: "127.0.0.1", rejectUnauthorized: false, allowHalfOpen: true };
    const socket = connectTls({ ...options, servername }, () => resolve(socket));
    socket.once("error", reject);
  });
}

/** What a client gets until it has so many characters, or the connection ends. */
export function readUntil(socket: TLSSocket, length: number): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      if (text.length >= length) resolve(text);
    });
    socket.on("end", () => resolve(text));
    socket.on("close", () => resolve(text));
  });
}
