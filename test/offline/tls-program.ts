import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reveal, type Values } from "../../lab/offline/grpc/values.ts";
import { must, type Plugin, text } from "./plugin.ts";

export const KEY = "tls:index/privateKey:PrivateKey";
export const REQUEST = "tls:index/certRequest:CertRequest";
export const SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert";
export const LOCALLY_SIGNED = "tls:index/locallySignedCert:LocallySignedCert";

/** What a program's certificates are made of: PEM texts. */
export type Chain = { caKey: string; caCert: string; key: string; request: string; cert: string };

/** The chain of a private CA as lbpair's components make it: CA, key, request, certificate. */
export async function makeChain(plugin: Plugin, keyInputs: Values): Promise<Chain> {
  const [caKey, key] = [await makeKey(plugin, keyInputs), await makeKey(plugin, keyInputs)];
  const ca = must(await plugin.create(SELF_SIGNED, authority(caKey)));
  const caCert = text(ca.out, "certPem");
  const names = { dnsNames: ["example.com", "*.example.org"], ipAddresses: ["127.0.0.1", "2001:db8::10"] };
  const asked = must(
    await plugin.create(REQUEST, {
      privateKeyPem: key,
      subject: { commonName: "example.com", organization: "Müller & Söhne" },
      ...names,
    }),
  );
  const request = text(asked.out, "certRequestPem");
  const signed = must(
    await plugin.create(
      LOCALLY_SIGNED,
      certificate({ caPrivateKeyPem: caKey, caCertPem: caCert, certRequestPem: request }),
    ),
  );
  return { caKey, caCert, key, request, cert: text(signed.out, "certPem") };
}

/** PEM of a new private key. */
export async function makeKey(plugin: Plugin, inputs: Values): Promise<string> {
  const { out } = must(await plugin.create(KEY, inputs));
  return String(reveal(out["privateKeyPem"] ?? null));
}

/** Inputs of a CA's own certificate. */
export function authority(privateKeyPem: string, more: Values = {}): Values {
  return {
    privateKeyPem,
    subject: { commonName: "Test CA" },
    allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
    ...{ isCaCertificate: true, maxPathLength: 0, setSubjectKeyId: true, setAuthorityKeyId: true },
    validityPeriodHours: 48,
    ...more,
  };
}

/** Inputs of a server's certificate. */
export function certificate(parts: Values): Values {
  return { allowedUses: ["digital_signature", "server_auth"], validityPeriodHours: 24, earlyRenewalHours: 8, ...parts };
}

/** For a test's `skip`: why it can't run where a program is missing. */
export function without(program: string): string | false {
  return spawnSync(program, ["--version"]).error === undefined ? false : `${program} is not installed`;
}

/** Runs openssl on texts, which it finds as files of these names. */
export function openssl(args: string, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "lbpair-offline-"));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 });
    return execFileSync("openssl", args.split(" "), {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
