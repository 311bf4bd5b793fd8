import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { proxyStatusSchema } from "../../config/status.ts";
import { isGood, startWatch } from "../../lab/client/watch.ts";
import type { Lab } from "../../lab/lab.ts";
import { type CertificateArgs, type LoadBalancerHandle, ProxiedApp, type TlsArgs } from "../../provider/index.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { openTestStack, type TestStack } from "./lib/engine.ts";
import { APP, eventually, settledHolder, virtualAddress } from "./lib/pair.ts";
import { type SiteProgram, siteProgram } from "./lib/site.ts";

// Certificates of the user's own making: an authority under a root that clients know, certificates given whole, those
// that clients must prove, and one that a backend demands. All of them are computed by other resources of the same
// program. One story, told in order.

const ANSWER_WAIT_MS = 60_000;
const KEY = { algorithm: "ECDSA", ecdsaCurve: "P256" };
const ISSUED_HOURS = 2_000;
const GIVEN_HOURS = 1_000;

const directory = mkdtempSync(join(tmpdir(), "lbpair-certificates-"));
const caPath = join(directory, "root.pem");

let lab: Lab;
let site: TestStack;

before(async () => {
  lab = await openTestLab();
  site = await openTestStack(lab, "certificates", programWith(underOwnAuthority));
});
after(async () => {
  await site.stack.destroy({ color: "never" });
  site.close();
  await lab.sh(DEMANDING, `rm -f ${NGINX_FILES.join(" ")}; systemctl reload nginx`);
  rmSync(directory, { recursive: true });
});

/** Debian's nginx, as a backend that serves nobody without a certificate of the root. */
const DEMANDING = "web4";
const NGINX_FILES = [
  "/etc/nginx/conf.d/lbpair-demanding.conf",
  "/etc/nginx/lbpair-demanding.pem",
  "/etc/nginx/lbpair-root.pem",
];
const [CONFIG, BACKEND_KEY, BACKEND_ROOT] = NGINX_FILES;
const NGINX = `server {
  listen 8443 ssl;
  ssl_certificate ${BACKEND_KEY};
  ssl_certificate_key ${BACKEND_KEY};
  ssl_client_certificate ${BACKEND_ROOT};
  ssl_verify_client on;
  location / { return 200 "$ssl_client_s_dn for $http_x_ssl_client_dn"; }
}
`;
const BACKEND_PEM = readFileSync(join(import.meta.dirname, "../proxy/data/a.pem"), "utf8");

/** Makes a certificate by the user's own root. */
type Sign = (name: string, dnsNames: string[], isAuthority?: "authority") => CertificateArgs;

type More = (sign: Sign, rootPem: pulumi.Output<string>, handle: LoadBalancerHandle) => Record<string, unknown>;

function programWith(
  tlsArgs: (sign: Sign, rootPem: pulumi.Output<string>) => TlsArgs,
  more: More = () => ({}),
): SiteProgram {
  return async () => {
    const rootKey = new tls.PrivateKey("root", KEY);
    const root = new tls.SelfSignedCert("root", {
      privateKeyPem: rootKey.privateKeyPem,
      subject: { commonName: "root of the test" },
      isCaCertificate: true,
      allowedUses: ["cert_signing"],
      validityPeriodHours: 10_000,
    });
    const sign: Sign = (name, dnsNames, isAuthority) => {
      const { privateKeyPem } = new tls.PrivateKey(name, KEY);
      const request = new tls.CertRequest(name, { privateKeyPem, dnsNames, subject: { commonName: name } });
      const certificate = new tls.LocallySignedCert(name, {
        caCertPem: root.certPem,
        caPrivateKeyPem: rootKey.privateKeyPem,
        certRequestPem: request.certRequestPem,
        isCaCertificate: isAuthority !== undefined,
        allowedUses: isAuthority === undefined ? ["digital_signature", "server_auth", "client_auth"] : ["cert_signing"],
        validityPeriodHours: isAuthority === undefined ? GIVEN_HOURS : 5_000,
      });
      return { certificatePem: certificate.certPem, privateKeyPem };
    };
    const rootPem = root.certPem as pulumi.Output<string>;
    const outputs = await siteProgram(lab, APP, { pair: { tls: tlsArgs(sign, rootPem) } })();
    return { ...outputs, rootPem, ...more(sign, rootPem, outputs["handle"] as LoadBalancerHandle) };
  };
}

function underOwnAuthority(sign: Sign): TlsArgs {
  return {
    authority: sign("intermediate", [], "authority"),
    validityHours: ISSUED_HOURS,
    hstsSeconds: 600,
    moreCertificates: { shop: { hostnames: ["shop.example.net"] }, blog: sign("blog", ["blog.example.org"]) },
  };
}

/** What a client that knows the root alone gets for a name: the certificates that were sent, and the response's head. */
async function asked(hostname: string): Promise<{ chain: X509Certificate[]; head: string }> {
  const resolve = `${hostname}:443:${virtualAddress(lab)}`;
  const argv = ["curl", "--silent", "--show-error", "--max-time", "5", "--cacert", caPath, "--resolve", resolve];
  const url = `https://${hostname}/app/`;
  const { status, stdout, stderr } = await lab.run("client", [...argv, "--head", "--write-out", "%{certs}", url]);
  assert.equal(status, 0, stderr);
  const pems = stdout.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return { chain: pems.map((pem) => new X509Certificate(pem)), head: stdout };
}

function subjects(chain: readonly X509Certificate[]): (string | undefined)[] {
  return chain.map(({ subject }) => /CN=(.*)/.exec(subject)?.[1]);
}

test("each name is served under its certificate, and the chain leads to the root that clients know", async () => {
  const { outputs } = await site.stack.up({ color: "never" });
  writeFileSync(caPath, String(outputs["rootPem"]?.value));
  const [main, shop, blog] = [
    await asked("example.com"),
    await asked("shop.example.net"),
    await asked("blog.example.org"),
  ];
  assert.deepEqual(subjects(main.chain), ["example.com", "intermediate"]);
  assert.deepEqual(subjects(shop.chain), ["shop.example.net", "intermediate"]);
  assert.deepEqual(subjects(blog.chain), ["blog"]);
  assert.match(main.head, /^strict-transport-security: max-age=600\r$/im);
  // The first to end is the given one.
  const [first] = blog.chain;
  assert.equal(Date.parse(String(outputs["expiry"]?.value)), Date.parse(first?.validTo ?? ""));
  assert.deepEqual(Object.keys(await site.changes()), ["same"]);
});

test("a certificate of one's own in place of an issued one is taken up, and no client notices", async () => {
  const browser = { hostname: "example.com", address: virtualAddress(lab), caPath };
  const watch = startWatch(lab, browser, "/app/", 50);
  await watch.until("an answer before", isGood, ANSWER_WAIT_MS);
  site.setProgram(programWith((sign) => ({ certificate: sign("own", ["example.com"]) })));
  const { outputs } = await site.stack.up({ color: "never" });
  const answered = watch.samples.length;
  await watch.until("an answer after", () => watch.samples.length > answered, ANSWER_WAIT_MS);
  const failed = (await watch.stop()).filter((sample) => !isGood(sample));
  assert.deepEqual(failed, []);
  assert.deepEqual(subjects((await asked("example.com")).chain), ["own"]);
  assert.equal(outputs["caCertificate"]?.value, "");
});

test("clients must prove a certificate, and the app shows its own to a backend that demands one", async () => {
  const writeTo = async (path: string | undefined, text: string) => lab.sh(DEMANDING, `umask 077; cat >${path}`, text);
  await writeTo(BACKEND_KEY, BACKEND_PEM);
  await writeTo(BACKEND_ROOT, readFileSync(caPath, "utf8"));
  await writeTo(CONFIG, NGINX);
  await lab.sh(DEMANDING, "systemctl reload nginx");
  site.setProgram(programWith(withClients, demandingApp));
  const { outputs } = await site.stack.up({ color: "never" });
  const alicePath = join(directory, "alice.pem");
  writeFileSync(alicePath, String(outputs["alice"]?.value));

  const refused = await curl("/inner/");
  assert.equal(refused.stdout, "");
  assert.match(refused.stderr, /certificate required/);
  assert.equal((await curl("/inner/", "--cert", alicePath)).stdout, "CN=inner for CN=alice");

  const host = await settledHolder(lab);
  // Workers tell their counts every half second.
  const { certificates } = await eventually(
    "one client without a certificate is counted",
    async () => proxyStatusSchema.parse(JSON.parse(await lab.sh(host, "lbctl status --json")).proxy),
    ({ handshakesFailed }) => Object.keys(handshakesFailed["https"] ?? {}).length > 0,
  );
  assert.equal(certificates["app-inner"]?.app, "inner");
  assert.match(await lab.sh(host, "lbctl certificates"), /^app-inner: shown to backends of inner$/m);
  assert.match(await lab.sh(host, "lbctl status"), /^tls {7}https: handshakes failed: 1 noCertificate$/m);
});

function withClients(sign: Sign, caPem: pulumi.Output<string>): TlsArgs {
  return {
    certificate: sign("own", ["example.com"]),
    clientCertificates: { mode: "required", caPem, forwardSubject: true },
  };
}

function demandingApp(sign: Sign, _: unknown, loadBalancer: LoadBalancerHandle): Record<string, unknown> {
  new ProxiedApp("inner", {
    loadBalancer,
    path: "/inner/",
    check: { kind: "tls" },
    backendTls: { verify: "none", clientCertificate: sign("inner", ["inner.example.com"]) },
    backends: { web: { address: `${lab.host(DEMANDING).address}:8443` } },
  });
  const { certificatePem, privateKeyPem } = sign("alice", ["alice.example.com"]);
  return { alice: pulumi.interpolate`${certificatePem}${privateKeyPem}` };
}

/** Asks the pair's own name as a client that knows the root. */
function curl(path: string, ...more: string[]) {
  const resolve = `example.com:443:${virtualAddress(lab)}`;
  const argv = ["curl", "--silent", "--show-error", "--max-time", "5", "--cacert", caPath, "--resolve", resolve];
  return lab.run("client", [...argv, ...more, `https://example.com${path}`]);
}
