import { createPrivateKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import { type DocumentRef, documentPath, STATS_PASSWORD } from "../config/paths.ts";
import { hashPassword, verifyPassword } from "../daemon/password.ts";
import { readIfThere } from "./files.ts";
import type { Places } from "./places.ts";

export type Content =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reasons: readonly string[] };

/** What is to stand in a document's file for what arrived on standard input. Secrets never appear in a reason. */
export async function contentOf(places: Places, ref: DocumentRef, input: string): Promise<Content> {
  const path = documentPath(ref);
  if (input.trim() === "") return refused(`${path}: got nothing on standard input, want the document`);
  if (ref.kind === "certificate") return certificateContent(path, input);
  if (ref.kind === "secret" && ref.name === STATS_PASSWORD) return passwordContent(places, path, input);
  return { ok: true, bytes: Buffer.from(input) };
}

/** Stored hashed. The hash is salted, so one that fits is kept: the same password twice is no change. */
async function passwordContent(places: Places, path: string, input: string): Promise<Content> {
  const password = input.replace(/\r?\n$/, "");
  const stored = readIfThere(join(places.configDir, path));
  if (stored !== undefined && (await verifyPassword(password, stored.toString()))) return { ok: true, bytes: stored };
  return { ok: true, bytes: Buffer.from(`${await hashPassword(password)}\n`) };
}

/** Chain and key, in PEM, belonging together. Everything else about them is for the proxy to judge. */
function certificateContent(path: string, input: string): Content {
  try {
    const certificate = new X509Certificate(input);
    const key = createPrivateKey(input);
    if (certificate.checkPrivateKey(key)) return { ok: true, bytes: Buffer.from(input) };
    return refused(`${path}: the private key does not belong to the certificate`);
  } catch (error) {
    // OpenSSL's messages name what it missed and never quote what it read.
    return refused(`${path}: want a certificate chain and its private key in PEM: ${(error as Error).message}`);
  }
}

function refused(reason: string): Content {
  return { ok: false, reasons: [reason] };
}
