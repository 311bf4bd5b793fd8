import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { execFile } from "node:child_process";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect, createServer } from "node:tls";
import { promisify } from "node:util";
import ssh2 from "ssh2";
import { bunPath } from "../../bootstrap/places.mjs";
import { reveal, secret, UNKNOWN } from "../../lab/offline/grpc/values.ts";
import { must, openPlugin, type Plugin, text } from "./plugin.ts";
import {
  authority,
  type Chain,
  certificate,
  KEY,
  LOCALLY_SIGNED,
  makeChain,
  makeKey,
  openssl,
  REQUEST,
  SELF_SIGNED,
  without,
} from "./tls-program.ts";

let plugin: Plugin;
before(async () => {
  plugin = await openPlugin("tls");
});
after(() => plugin.close());

const algorithms = [
  { algorithm: "RSA" },
  { algorithm: "ECDSA" }, // P224
  { algorithm: "ECDSA", ecdsaCurve: "P256" },
  { algorithm: "ECDSA", ecdsaCurve: "P384" },
  { algorithm: "ECDSA", ecdsaCurve: "P521" },
  { algorithm: "ED25519" },
];
for (const inputs of algorithms) {
  test(`openssl verifies a chain of ${Object.values(inputs).join(" ")} keys, request and certificate`, {
    skip: without("openssl"),
  }, async () => {
    const { caCert, request, cert, key } = await makeChain(plugin, inputs);
    const files = { ca: caCert, cert, request, key };
    match(openssl("verify -x509_strict -purpose sslserver -CAfile ca cert", files), /^cert: OK/);
    strictEqual(openssl("x509 -in cert -noout -pubkey", files), openssl("pkey -in key -pubout", files));
    openssl("req -in request -noout -verify", files); // throws when the signature is wrong
  });

  test(`a private key of ${Object.values(inputs).join(" ")} is the same key in every form`, async () => {
    const { out } = must(await plugin.create(KEY, inputs));
    const form = (name: string) => String(reveal(out[name] ?? null));
    const publicPem = String(createPublicKey(form("privateKeyPem")).export({ type: "spki", format: "pem" }));
    strictEqual(form("publicKeyPem"), publicPem);
    match(form("privateKeyPemPkcs8"), /^-----BEGIN PRIVATE KEY-----/);
    deepStrictEqual(createPublicKey(createPrivateKey(form("privateKeyPemPkcs8"))), createPublicKey(publicPem));
    const known = ssh2.utils.parseKey(form("privateKeyOpenssh"));
    if (known instanceof Error) {
      deepStrictEqual([form("privateKeyOpenssh"), form("publicKeyOpenssh"), out["ecdsaCurve"]], ["", "", "P224"]);
      return;
    }
    const one = Array.isArray(known) ? known[0] : known;
    strictEqual(one?.getPublicSSH().toString("base64"), form("publicKeyOpenssh").split(" ")[1]?.trim());
    ok(one?.verify("text", one.sign("text")));
  });
}

test("a CA and a certificate say what was asked, no more", { skip: without("openssl") }, async () => {
  const { caCert, cert } = await makeChain(plugin, { algorithm: "ECDSA", ecdsaCurve: "P256" });
  const extensions = (pem: string) =>
    openssl("x509 -in cert -noout -ext keyUsage,extendedKeyUsage,basicConstraints,subjectAltName", { cert: pem });
  const words = (text: string) => text.replace(/\s+/g, " ").trim();
  strictEqual(
    words(extensions(caCert)),
    "X509v3 Key Usage: critical Digital Signature, Certificate Sign, CRL Sign X509v3 Basic Constraints: critical CA:TRUE, pathlen:0",
  );
  strictEqual(
    words(extensions(cert)),
    "X509v3 Key Usage: critical Digital Signature X509v3 Extended Key Usage: TLS Web Server Authentication " +
      "X509v3 Basic Constraints: critical CA:FALSE X509v3 Subject Alternative Name: " +
      "DNS:example.com, DNS:*.example.org, IP Address:127.0.0.1, IP Address:2001:DB8:0:0:0:0:0:10",
  );
  const { subject, issuer } = new X509Certificate(cert);
  deepStrictEqual([subject, issuer], ["O=Müller & Söhne\nCN=example.com", "CN=Test CA"]);
  const identifier = (name: string, pem: string) =>
    openssl(`x509 -in cert -noout -ext ${name}`, { cert: pem }).split("\n")[1]?.trim();
  strictEqual(identifier("authorityKeyIdentifier", cert), identifier("subjectKeyIdentifier", caCert));
  strictEqual(identifier("authorityKeyIdentifier", caCert), identifier("subjectKeyIdentifier", caCert));
});

test("serial numbers are the ids, and no two are the same", async () => {
  const privateKeyPem = await makeKey(plugin, { algorithm: "ED25519" });
  const made = await Promise.all([1, 2, 3].map(() => plugin.create(SELF_SIGNED, authority(privateKeyPem))));
  const ids = made.map((one) => must(one).id);
  const serials = made.map((one) =>
    BigInt(`0x${new X509Certificate(text(must(one).out, "certPem")).serialNumber}`).toString(),
  );
  deepStrictEqual(ids, serials);
  strictEqual(new Set(ids).size, 3);
});

test("a certificate ends when its outputs say so", async () => {
  const privateKeyPem = await makeKey(plugin, { algorithm: "ED25519" });
  const { out } = must(await plugin.create(SELF_SIGNED, authority(privateKeyPem, { validityPeriodHours: 219_000 })));
  const { validFromDate, validToDate } = new X509Certificate(text(out, "certPem"));
  const [start, end] = [text(out, "validityStartTime"), text(out, "validityEndTime")];
  match(start, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  deepStrictEqual([validFromDate, validToDate], [new Date(start), new Date(end)]); // after 2049: GeneralizedTime
  strictEqual(Date.parse(end) - Date.parse(start), 219_000 * 3_600_000);
});

test("a request that its key did not sign gets no certificate", async () => {
  const { caKey, caCert, request } = await makeChain(plugin, { algorithm: "ED25519" });
  const der = Buffer.from(request.replace(/-----.*-----/g, ""), "base64");
  der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
  const inputs = certificate({ caPrivateKeyPem: caKey, caCertPem: caCert, certRequestPem: forged });
  deepStrictEqual(await plugin.create(LOCALLY_SIGNED, inputs), {
    error: "certRequestPem: the request is not signed by its own key",
  });
});

test("a CA's key that is not the one of its certificate is refused", async () => {
  const { caCert, request, key } = await makeChain(plugin, { algorithm: "ED25519" });
  const answer = await plugin.create(
    LOCALLY_SIGNED,
    certificate({ caPrivateKeyPem: key, caCertPem: caCert, certRequestPem: request }),
  );
  deepStrictEqual(answer, { error: "caPrivateKeyPem: got another key than the one in caCertPem, want the CA's own" });
});

test("requests and CAs of openssl are taken", { skip: without("openssl") }, async () => {
  const files = {
    config: "[req]\ndistinguished_name=d\nprompt=no\n[d]\nC=DE\nO=Ünal\nCN=ca\n",
    key: await makeKey(plugin, { algorithm: "RSA" }),
  };
  const ca = openssl("req -x509 -new -utf8 -config config -key key -days 2", files);
  const asked = openssl("req -new -config config -key key -sha512 -addext subjectAltName=DNS:a.example", files);
  const { out } = must(
    await plugin.create(
      LOCALLY_SIGNED,
      certificate({ caPrivateKeyPem: files.key, caCertPem: ca, certRequestPem: asked }),
    ),
  );
  const cert = text(out, "certPem");
  match(openssl("verify -CAfile ca cert", { ca, cert }), /^cert: OK/);
  strictEqual(new X509Certificate(cert).subjectAltName, "DNS:a.example");
});

test("every problem of the inputs is named, and no key is repeated", async () => {
  const bad = {
    privateKeyPem: "nothing",
    allowedUses: ["serverAuth"],
    validityPeriodHours: 1.5,
    dnsNames: "a",
    colour: "red",
  };
  const { failures } = must(await plugin.check(SELF_SIGNED, bad));
  deepStrictEqual(
    failures.map(({ reason }) => reason.slice(0, 60)),
    [
      "dnsNames: got a string, want a list",
      'allowedUses[0]: got "serverAuth", want one of any_extended, ',
      "validityPeriodHours: got 1.5, want an integer of at least 0",
      "colour: unknown property, want one of privateKeyPem, subject",
    ],
  );
  const wellShaped = {
    privateKeyPem: secret("nothing"),
    allowedUses: [],
    validityPeriodHours: 1,
    ipAddresses: ["1.2.3"],
    uris: ["no uri"],
  };
  deepStrictEqual(must(await plugin.check(SELF_SIGNED, wellShaped)).failures, [
    { property: "ipAddresses", reason: 'ipAddresses[0]: got "1.2.3", want an IPv4 or IPv6 address' },
    { property: "uris", reason: 'uris[0]: got "no uri", want an absolute URI' },
    { property: "", reason: "privateKeyPem: got something else, want an unencrypted private key in PEM" },
  ]);
  const missing = must(await plugin.check(LOCALLY_SIGNED, {})).failures.map(({ property }) => property);
  deepStrictEqual(missing, ["caPrivateKeyPem", "caCertPem", "certRequestPem", "allowedUses", "validityPeriodHours"]);
  deepStrictEqual(must(await plugin.check(KEY, { algorithm: "DSA" })).failures, [
    { property: "algorithm", reason: 'algorithm: got "DSA", want one of RSA, ECDSA, ED25519' },
  ]);
});

test("a preview knows the defaults and nothing that is made, and keys are secrets", async () => {
  const { out } = must(await plugin.create(KEY, { algorithm: "RSA" }, { isPreview: true }));
  deepStrictEqual([out["rsaBits"], out["ecdsaCurve"], out["publicKeyPem"]], [2048, "P224", UNKNOWN]);
  deepStrictEqual(out["privateKeyPem"], secret(UNKNOWN));
  const { inputs } = must(await plugin.check(REQUEST, { privateKeyPem: UNKNOWN }));
  deepStrictEqual(inputs["privateKeyPem"], secret(UNKNOWN));
});

test("getPublicKey finds the public half of either form", async () => {
  const { out } = must(await plugin.create(KEY, { algorithm: "ECDSA", ecdsaCurve: "P384" }));
  for (const form of ["privateKeyPem", "privateKeyOpenssh"]) {
    const found = must(await plugin.invoke("tls:index/getPublicKey:getPublicKey", { [form]: out[form] ?? null }));
    for (const name of ["publicKeyPem", "publicKeyOpenssh", "publicKeyFingerprintMd5"])
      strictEqual(found.out[name], out[name]);
    strictEqual(found.out["algorithm"], "ECDSA");
  }
  const both = must(await plugin.invoke("tls:index/getPublicKey:getPublicKey", {}));
  deepStrictEqual(both.failures, ["want exactly one of privateKeyPem and privateKeyOpenssh"]);
});

/** A server that shows the certificate to whoever asks, until the work is done. */
async function whileServing(chain: Chain, work: (port: number, folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lbpair-offline-"));
  writeFileSync(join(folder, "ca.pem"), chain.caCert);
  writeFileSync(join(folder, "other.pem"), (await makeChain(plugin, CLIENT_KEYS)).caCert);
  const server = createServer({ cert: chain.cert, key: chain.key }, (socket) => {
    socket.on("error", () => undefined); // a client that refuses the certificate
    socket.end("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello");
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await work((server.address() as AddressInfo).port, folder);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
}

const CLIENT_KEYS = { algorithm: "ECDSA", ecdsaCurve: "P256" };

test("Node's TLS accepts the chain, by name and by address, and refuses it without the CA", async () => {
  const chain = await makeChain(plugin, CLIENT_KEYS);
  await whileServing(chain, async (port) => {
    const dial = (options: { servername?: string; ca?: string; host?: string }) =>
      new Promise<string>((resolve) => {
        const socket = connect({ port, host: "127.0.0.1", ...options }, () => resolve("authorized"));
        socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        socket.resume();
      });
    const ca = chain.caCert;
    strictEqual(await dial({ ca, servername: "www.example.org" }), "authorized");
    strictEqual(await dial({ ca }), "authorized");
    strictEqual(await dial({ ca, servername: "example.net" }), "ERR_TLS_CERT_ALTNAME_INVALID");
    strictEqual(await dial({ servername: "example.com" }), "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  });
});

test("curl accepts the chain", { skip: without("curl") }, async () => {
  await whileServing(await makeChain(plugin, CLIENT_KEYS), async (port, folder) => {
    const curl = (ca: string) =>
      promisify(execFile)("curl", [
        "-sS",
        "--cacert",
        join(folder, ca),
        "--resolve",
        `example.com:${port}:127.0.0.1`,
        `https://example.com:${port}/`,
      ]);
    strictEqual((await curl("ca.pem")).stdout, "hello");
    await curl("other.pem").then(
      () => ok(false, "curl trusts another CA"),
      (error: { code: number }) => strictEqual(error.code, 60), // "peer certificate cannot be authenticated"
    );
  });
});

test("Bun's TLS accepts the chain", {
  skip: existsSync(bunPath) ? false : "Bun is not in the toolchain yet",
}, async () => {
  await whileServing(await makeChain(plugin, CLIENT_KEYS), async (port, folder) => {
    const script = `
      const ca = require("fs").readFileSync(process.argv[1], "utf8");
      const get = (tls) => fetch("https://localhost:${port}/", { tls: { serverName: "example.com", ...tls } }).then((r) => r.text(), (e) => e.code);
      console.log(await get({ ca }), await get({}));`;
    const { stdout } = await promisify(execFile)(bunPath, ["-e", script, join(folder, "ca.pem")]);
    match(stdout, /^hello UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)/);
  });
});
