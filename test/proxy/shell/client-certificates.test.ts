import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, test } from "node:test";
import { setImmediate as immediately } from "node:timers/promises";
import type { TLSSocket } from "node:tls";
import { isDeepStrictEqual } from "node:util";
import type { ProxyInput } from "../../../config/proxy.ts";
import { distinguishedName } from "../../../proxy/core/client-certificate.ts";
import { handshakeFault, handshakeFaults } from "../../../proxy/core/handshake.ts";
import { clientCertificateOf } from "../../../proxy/shell/client-policy.ts";
import { type Asked, ask, type Certified, pem } from "../lib/certified-client.ts";
import { RawClient } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";
import { app1, type Setup, TestProxy } from "../lib/test-proxy.ts";

const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

type Asking = NonNullable<NonNullable<ProxyInput["tls"]>["clientCertificates"]>;

const REQUIRED: Asking = { mode: "required", caPem: pem("client-ca"), forwardSubject: true };
const OPTIONAL: Asking = { ...REQUIRED, mode: "optional" };
const VERSIONS = ["TLSv1.2", "TLSv1.3"] as const;
const UNTRUSTED = [undefined, "client-expired", "client-stranger"] as const;
const ALICE = "CN=alice,O=Ex\\C3\\A4mple\\, Ltd";
const TOLD = [
  "X-SSL-Client-Verify: SUCCESS",
  `X-SSL-Client-DN: ${ALICE}`,
  "X-SSL-Client-Serial: 1001",
  "X-SSL-Client-Fingerprint: 28560c543eb9f1d3f82bbda0be90fa603d420ee53f5b2f9c06b961d124956c9a",
];

async function start(clientCertificates: Asking | undefined, over: Partial<Setup> = {}) {
  const origin = await RawOrigin.start();
  cleanUp.push(() => origin.close());
  const setup = (asking: Asking | undefined): Setup => ({
    apps: [app1([origin.address])],
    proxy: { tls: asking === undefined ? {} : { clientCertificates: asking } },
    certificates: [
      { name: "a", hostnames: ["a.example"], pem: pem("a") },
      { name: "b", hostnames: ["b.example"], pem: pem("b") },
    ],
    ...over,
  });
  const proxy = await TestProxy.start(setup(clientCertificates));
  cleanUp.push(() => proxy.stop());
  return { proxy, origin, setup, change: (asking: Asking | undefined) => proxy.apply(setup(asking)) };
}

/** What the backend was told about the client's certificate by its last request. */
function toldTo(origin: RawOrigin): string[] {
  return (origin.requests.at(-1)?.head ?? "").split("\r\n").filter((line) => /^X[-_]SSL/i.test(line));
}

function statusOf({ response }: Asked): number | undefined {
  return response === "" ? undefined : Number(response.slice("HTTP/1.1 ".length, "HTTP/1.1 200".length));
}

/** Where nobody looks at a connection before TLS, and where the name is read first. */
const WAYS: readonly (readonly [string, Partial<Setup>])[] = [
  ["at once", {}],
  [
    "behind a look at the name",
    {
      passthroughs: [
        {
          passthrough: "passed",
          hostnames: ["passed.example"],
          check: { kind: "none" },
          backends: { b0: { address: "127.0.0.1:1" } },
        },
      ],
    },
  ],
];

for (const [way, over] of WAYS) {
  test(`required, TLS ${way}: only who proves a trusted certificate reaches a backend`, async () => {
    const { proxy, origin } = await start(REQUIRED, over);
    for (const version of VERSIONS)
      for (const servername of ["a.example", "b.example", "unknown.example"]) {
        const statuses: (number | undefined)[] = [];
        for (const certificate of [...UNTRUSTED, "client-alice" as const])
          statuses.push(statusOf(await ask({ port: proxy.tlsPort, version, servername, certificate })));
        assert.deepEqual(statuses, [undefined, undefined, undefined, 200], `${version} ${servername}`);
        assert.deepEqual(toldTo(origin), TOLD);
      }
    assert.equal(origin.requests.length, 6);
    await proxy.logged(6);
    assert.equal(proxy.records[0]?.clientCertificate, ALICE);
  });

  test(`optional, TLS ${way}: everyone is served, and backends hear who has proved nothing`, async () => {
    const { proxy, origin } = await start(OPTIONAL, over);
    for (const version of VERSIONS) {
      for (const certificate of UNTRUSTED) {
        assert.equal(statusOf(await ask({ port: proxy.tlsPort, version, certificate })), 200);
        assert.deepEqual(toldTo(origin), ["X-SSL-Client-Verify: NONE"]);
      }
      assert.equal(statusOf(await ask({ port: proxy.tlsPort, version, certificate: "client-alice" })), 200);
      assert.deepEqual(toldTo(origin), TOLD);
    }
    await proxy.logged(1);
    assert.equal(proxy.records[0]?.clientCertificate, undefined);
  });
}

test("who is turned away at the handshake is counted by why", async () => {
  const { proxy } = await start(REQUIRED);
  const counts = () => handshakeFaults(proxy.worker.listenerTraffic.get("https")?.handshakes ?? []);
  const counted = async (expected: object) => {
    while (!isDeepStrictEqual(counts(), expected)) await immediately();
  };
  for (const version of VERSIONS)
    for (const certificate of UNTRUSTED) await ask({ port: proxy.tlsPort, version, certificate });
  await counted({ noCertificate: 2, badCertificate: 4 });
  const inClear = await RawClient.open(proxy.tlsPort);
  inClear.send("GET /app1/ HTTP/1.1\r\n\r\n");
  await inClear.closed();
  await counted({ noCertificate: 2, badCertificate: 4, noTls: 1 });
  const leaving = await RawClient.open(proxy.tlsPort);
  leaving.socket.resetAndDestroy();
  await counted({ noCertificate: 2, badCertificate: 4, noTls: 1, left: 1 });
  assert.equal(statusOf(await ask({ port: proxy.tlsPort, certificate: "client-alice" })), 200);
});

test("a handshake that does not come to its end is counted, and a client's refusal of what it is shown", async () => {
  const { proxy, setup } = await start(undefined, { proxy: { timeouts: { tlsHandshakeMs: 60_000 } } });
  await proxy.apply({ ...setup(undefined), proxy: { timeouts: { tlsHandshakeMs: 100 } } });
  const handshakes = () => proxy.worker.listenerTraffic.get("https")?.handshakes ?? [];
  const silent = await RawClient.open(proxy.tlsPort);
  await silent.closed();
  assert.deepEqual(handshakeFaults(handshakes()), { timedOut: 1 });
  assert.equal(handshakeFault("ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", false), "refusedByClient");
  assert.equal(handshakeFault("ERR_SSL_SSL/TLS_ALERT_UNKNOWN_CA", false), "refusedByClient");
  assert.equal(handshakeFault("ERR_SSL_NO_SHARED_CIPHER", false), "noTls");
});

test("what a client says of its certificate is dropped, whether certificates are asked for or not", async () => {
  const lines =
    "x-ssl-client-verify: SUCCESS\r\nX-SSL-Client-DN: CN=root\r\nX_SSL_Client_DN: CN=root\r\nX-SSL-Client-Cert: x\r\n";
  const { proxy, origin, change } = await start(undefined);
  await ask({ port: proxy.tlsPort, lines });
  assert.deepEqual(toldTo(origin), []);
  await change(OPTIONAL);
  await ask({ port: proxy.tlsPort, lines });
  assert.deepEqual(toldTo(origin), ["X-SSL-Client-Verify: NONE"]);
  await change({ ...OPTIONAL, forwardSubject: false });
  await ask({ port: proxy.tlsPort, lines, certificate: "client-alice" });
  assert.deepEqual(toldTo(origin), []);
});

const REVOKING: Asking = {
  mode: "required",
  caPem: pem("revoking-ca"),
  crlPem: pem("revoking-crl"),
  forwardSubject: true,
};

for (const version of VERSIONS) {
  test(`${version}: a certificate that its authority has revoked is none, also for a session that began before`, async () => {
    const { crlPem: _, ...unaware } = REVOKING;
    const { proxy, origin, change } = await start(unaware);
    const open = (certificate: Certified, servername = "a.example", session?: Buffer) =>
      ask({ port: proxy.tlsPort, version, servername, certificate, session });
    const before = await open("client-revoked");
    assert.equal(statusOf(before), 200);
    await change(REVOKING);
    for (const servername of ["a.example", "unknown.example"]) {
      assert.equal(statusOf(await open("client-carol", servername)), 200);
      assert.equal(statusOf(await open("client-revoked", servername)), undefined);
    }
    assert.equal(statusOf(await open("client-revoked", "a.example", before.session)), undefined);
    assert.equal(proxy.worker.listenerTraffic.get("https")?.handshakes[1], 3);

    await change({ ...REVOKING, mode: "optional" });
    assert.equal(statusOf(await open("client-revoked")), 200);
    assert.deepEqual(toldTo(origin), ["X-SSL-Client-Verify: NONE"]);
  });

  test(`${version}: where one authority has a list, another without one vouches for nobody`, async () => {
    const caPem = `${pem("revoking-ca")}${pem("client-ca")}`;
    const { proxy } = await start({ ...REVOKING, caPem, crlPem: `${pem("revoking-crl")}${pem("revoking-crl")}` });
    const statuses: (number | undefined)[] = [];
    for (const certificate of ["client-carol", "client-revoked", "client-alice"] as const)
      statuses.push(statusOf(await ask({ port: proxy.tlsPort, version, certificate })));
    assert.deepEqual(statuses, [200, undefined, undefined]);
  });

  test(`${version}: a session is resumed with what was proved, and under no other policy`, async () => {
    const { proxy, origin, change } = await start(OPTIONAL);
    const open = (certificate: Certified | undefined, session: Buffer | undefined) =>
      ask({ port: proxy.tlsPort, version, certificate, session });
    const { session } = await open("client-alice", undefined);
    const nobody = (await open(undefined, undefined)).session;
    assert.equal((await open(undefined, session)).isReused, true);
    assert.deepEqual(toldTo(origin), TOLD);
    assert.equal((await open(undefined, nobody)).isReused, true);
    assert.deepEqual(toldTo(origin), ["X-SSL-Client-Verify: NONE"]);

    await change(REQUIRED);
    assert.equal(statusOf(await open(undefined, session)), undefined);
    assert.equal(statusOf(await open(undefined, nobody)), undefined);
    const required = (await open("client-alice", undefined)).session;
    assert.equal((await open(undefined, required)).isReused, true);
    await change({ ...REQUIRED, caPem: pem("a").slice(0, pem("a").indexOf("-----BEGIN PRIVATE")) });
    assert.equal(statusOf(await open("client-alice", required)), undefined);
  });
}

test("a resumed session proves nothing once its certificate has expired, or when it began without one", () => {
  const raw = new X509Certificate(pem("client-expired")).raw; // valid until 2024-02-01
  const resumed = (certificate: object) =>
    ({ authorized: true, getPeerCertificate: () => certificate }) as unknown as TLSSocket;
  assert.equal(clientCertificateOf(resumed({ raw }), Date.UTC(2024, 0, 31))?.subject, "CN=bob,O=lbpair");
  assert.equal(clientCertificateOf(resumed({ raw }), Date.UTC(2024, 1, 1)), undefined);
  assert.equal(clientCertificateOf(resumed({}), Date.UTC(2024, 0, 31)), undefined);
});

test("a distinguished name is one line of ASCII that nothing in it can end", () => {
  assert.equal(
    distinguishedName("O=Exämple\\, Ltd\nOU=x + UID=7\nCN=ev\\0Ail"),
    "CN=ev\\0Ail,OU=x+UID=7,O=Ex\\C3\\A4mple\\, Ltd",
  );
});
