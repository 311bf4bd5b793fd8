import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { askSite } from "../../cli/health/site-probe.ts";
import { placesBelow } from "../../cli/places.ts";

const CA = readFileSync(join(import.meta.dirname, "../proxy/data/client-ca.pem"), "utf8");

test("where clients must prove a certificate, the redirect answers for the site, or nobody is asked", async (t) => {
  const configDir = mkdtempSync(join(tmpdir(), "lbpair-probe-"));
  t.after(() => rmSync(configDir, { recursive: true }));
  const redirect = createServer((_, response) => void response.writeHead(308).end()).listen(0, "127.0.0.1");
  t.after(() => redirect.close());
  await once(redirect, "listening");
  const { port } = redirect.address() as AddressInfo;
  const write = (mode: string, listeners: readonly object[]) => {
    const tls = { clientCertificates: { mode, caPem: CA } };
    const lines = [{ proxy: "lb1" }, { tls }, ...listeners, { certificate: "main", hostnames: ["a.example"] }];
    writeFileSync(join(configDir, "proxy.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  };
  const places = { ...placesBelow("/"), configDir };
  const https = { listener: "https", kind: "https", port: 1 };
  const redirecting = { listener: "redirect", kind: "redirect", port };
  write("required", [https, redirecting]);
  assert.deepEqual(await askSite(places, "/app/", undefined), { [`127.0.0.1:${port}/app/`]: "308" });
  write("required", [https]);
  assert.deepEqual(await askSite(places, "/app/", undefined), {});
  write("optional", [https, redirecting]);
  assert.deepEqual(Object.keys(await askSite(places, "/app/", undefined)), ["127.0.0.1:1/app/"]);
});
