import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { isGood, startWatch } from "../../lab/client/watch.ts";
import type { Lab } from "../../lab/lab.ts";
import type { CertificateArgs, TlsArgs } from "../../provider/index.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { openTestStack, type TestStack } from "./lib/engine.ts";
import { APP, virtualAddress } from "./lib/pair.ts";
import { type SiteProgram, siteProgram } from "./lib/site.ts";

// Certificates of the user's own making: an authority under a root that clients know, and certificates given whole.
// All of them are computed by other resources of the same program. One story, told in order.

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
  rmSync(directory, { recursive: true });
});

/** Makes a certificate by the user's own root. */
type Sign = (name: string, dnsNames: string[], isAuthority?: "authority") => CertificateArgs;

function programWith(tlsArgs: (sign: Sign) => TlsArgs): SiteProgram {
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
        allowedUses: isAuthority === undefined ? ["digital_signature", "server_auth"] : ["cert_signing"],
        validityPeriodHours: isAuthority === undefined ? GIVEN_HOURS : 5_000,
      });
      return { certificatePem: certificate.certPem, privateKeyPem };
    };
    const outputs = await siteProgram(lab, APP, { pair: { tls: tlsArgs(sign) } })();
    return { ...outputs, rootPem: root.certPem as pulumi.Output<string> };
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
