import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.ts";

/**
 * A self-signed P-256 certificate for example.com and its key, in one file that every peer reads.
 *
 * @returns its path
 */
export async function issueCertificate(dir: string): Promise<string> {
  const [key, chain, pem] = ["key.pem", "chain.pem", "bench.pem"].map((name) => join(dir, name));
  const made = ["openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
  const named = ["-subj", "/CN=example.com", "-addext", "subjectAltName=DNS:example.com", "-days", "30"];
  await run([...made, ...named, "-keyout", key ?? "", "-out", chain ?? ""]);
  writeFileSync(pem ?? "", readFileSync(chain ?? "", "utf8") + readFileSync(key ?? "", "utf8"));
  return pem ?? "";
}
