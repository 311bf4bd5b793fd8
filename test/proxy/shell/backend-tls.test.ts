import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { createServer, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import { appSchema } from "../../../config/app.ts";
import type { BackendTlsConfig } from "../../../config/backend-tls.ts";
import { prepareBackendTls } from "../../../proxy/shell/backend-socket.ts";
import { type CheckOutcome, runCheck } from "../../../proxy/shell/check.ts";
import { RawClient } from "../lib/raw-client.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

const pem = (name: string) => readFileSync(new URL(`../data/${name}.pem`, import.meta.url), "utf8");
const certificateOf = (text: string) => /-----BEGIN CERT[\s\S]*?END CERTIFICATE-----/.exec(text)?.[0] ?? "";
const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

test("a backend that proves its name is asked over TLS, and its connection kept", async () => {
  const backend = await TlsBackend.start();
  const proxy = await proxyFor(backend, { verify: "ca", caPem: certificateOf(pem("a")), serverName: "a.example" });
  const client = await RawClient.open(proxy.port);
  for (let count = 0; count < 3; count++) {
    client.send("GET /app1/x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.equal((await client.response()).status, 200);
  }
  assert.deepEqual(backend.names, ["a.example"]);
  client.destroy();
});

test("a backend that proves nothing, or another name, gets no request", async () => {
  const backend = await TlsBackend.start();
  const ca = { verify: "ca", caPem: certificateOf(pem("a")) } as const;
  for (const tls of [
    { ...ca, serverName: "b.example" },
    { ...ca, caPem: certificateOf(pem("b")) },
    { verify: "system" },
  ] as const) {
    const proxy = await proxyFor(backend, tls);
    const client = await RawClient.open(proxy.port);
    client.send("GET /app1/x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.equal((await client.response()).status, 503);
    client.destroy();
  }
  assert.equal(backend.text, "");
});

test("with no verification anything that speaks TLS will do", async () => {
  const backend = await TlsBackend.start();
  const proxy = await proxyFor(backend, { verify: "none" });
  const client = await RawClient.open(proxy.port);
  client.send("GET /app1/x HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.equal((await client.response()).status, 200);
  client.destroy();
});

test("checks go over TLS too, and say in which layer they failed", async () => {
  const backend = await TlsBackend.start();
  const right = { verify: "ca", caPem: certificateOf(pem("a")), serverName: "a.example" } as const;
  assert.deepEqual(await outcomeOf(backend, right, "http"), ["L7OK", 200]);
  assert.deepEqual(await outcomeOf(backend, { ...right, serverName: "b.example" }, "http"), ["L6RSP", 0]);
});

test("a tls check wants a handshake and nothing more, a tcp check a connection", async () => {
  const backend = await TlsBackend.start();
  const right = { verify: "ca", caPem: certificateOf(pem("a")), serverName: "a.example" } as const;
  const wrong = { ...right, serverName: "b.example" };
  assert.deepEqual(await outcomeOf(backend, right, "tls"), ["L6OK", 0]);
  assert.deepEqual(await outcomeOf(backend, wrong, "tls"), ["L6RSP", 0]);
  assert.deepEqual(await outcomeOf(backend, wrong, "tcp"), ["L4OK", 0]);
  assert.equal(backend.text, "");
});

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`${version}: a backend that asks for a certificate gets the app's, also a renewed one, and so do checks`, async () => {
    const backend = await TlsBackend.start({ ca: pem("client-ca"), requestCert: true, maxVersion: version });
    const backendTls = { verify: "none", clientCertificate: true } as const;
    const apps = [app1([backend.address], { backendTls, retries: { attemptsMax: 0 } })];
    const [alice, stranger] = [pem("client-alice"), pem("client-stranger")];
    const proxy = await TestProxy.start({ apps, clientPems: { app1: stranger } });
    cleanUp.push(() => proxy.stop());
    const status = async () => {
      const client = await RawClient.open(proxy.port);
      client.send("GET /app1/x HTTP/1.1\r\nHost: a\r\n\r\n");
      const response = await client.response();
      client.destroy();
      return response.status;
    };
    // In TLS 1.3 a client hears of the refusal only after it has asked.
    assert.ok([502, 503].includes(await status()));
    await proxy.apply({ apps, clientPems: { app1: alice } });
    assert.equal(await status(), 200);
    assert.deepEqual(backend.clients, ["alice"]);
    assert.deepEqual(await outcomeOf(backend, backendTls, "http", alice), ["L7OK", 200]);
    assert.notEqual((await outcomeOf(backend, backendTls, "http", stranger))[0], "L7OK");
  });
}

async function outcomeOf(
  backend: TlsBackend,
  tls: Tls,
  kind: "http" | "tcp" | "tls",
  clientPem?: string,
): Promise<[string, number]> {
  const app = appSchema.parse({ ...app1([backend.address], { check: { kind } }), backendTls: tls });
  const target = {
    host: "127.0.0.1",
    port: backend.port,
    address: backend.address,
    tls: prepareBackendTls(app.backendTls, clientPem),
  };
  const { code, status } = await new Promise<CheckOutcome>((resolve) => runCheck(target, app.check, resolve));
  return [code, status];
}

type Tls = Partial<BackendTlsConfig>;

async function proxyFor(backend: TlsBackend, backendTls: Tls): Promise<TestProxy> {
  const proxy = await TestProxy.start({ apps: [app1([backend.address], { backendTls, retries: { attemptsMax: 0 } })] });
  cleanUp.push(() => proxy.stop());
  return proxy;
}

/** A backend that ends TLS itself and answers every request with 200. */
class TlsBackend {
  /** What each connection asked for by SNI. */
  readonly names: string[] = [];
  /** Whom each connection has proved to be, where that is asked for. */
  readonly clients: string[] = [];
  text = "";
  readonly #server: Server;

  private constructor(options: TlsOptions) {
    const material = pem("a");
    this.#server = createServer({ ...options, cert: material, key: material }, (socket) => this.#serve(socket));
    this.#server.on("tlsClientError", (_, socket) => socket.destroy());
  }

  static async start(options: TlsOptions = {}): Promise<TlsBackend> {
    const backend = new TlsBackend(options);
    await new Promise<void>((resolve) => backend.#server.listen(0, "127.0.0.1", resolve));
    cleanUp.push(() => backend.#server.close());
    return backend;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  #serve(socket: TLSSocket): void {
    if (typeof socket.servername === "string") this.names.push(socket.servername);
    const { subject } = socket.getPeerCertificate() as { readonly subject?: { readonly CN: string } };
    if (subject !== undefined) this.clients.push(subject.CN);
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes) => {
      this.text += bytes.toString("latin1");
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
  }
}
