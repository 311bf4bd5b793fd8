import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatCertificates, formatRevocationLists } from "../../cli/certificates.ts";
import { certificateLines, handshakeLines, revocationLines } from "../../cli/report.ts";
import { validityWarning } from "../../config/certificate-facts.ts";
import { allFacts } from "../../proxy/shell/certificates.ts";

const FACTS = {
  hostnames: ["example.com", "www.example.com"],
  notBefore: "2026-01-01T00:00:00.000Z",
  notAfter: "2027-01-01T00:00:00.000Z",
  issuer: "CN=authority, O=edge",
  fingerprint: "AA:BB",
};
const at = (text: string) => Date.parse(`${text}T00:00:00Z`);

test("a certificate is warned of two weeks before its end, after it, and before its beginning", () => {
  assert.equal(validityWarning(FACTS, at("2026-12-18")), undefined);
  assert.equal(validityWarning(FACTS, at("2026-12-19")), "ends on 2027-01-01T00:00:00.000Z, in 13 days");
  assert.equal(validityWarning(FACTS, at("2027-01-01")), "ended on 2027-01-01T00:00:00.000Z");
  assert.equal(validityWarning(FACTS, at("2025-12-31")), "not valid before 2026-01-01T00:00:00.000Z");
});

test("the status has a line for each, the list all that is known", () => {
  assert.deepEqual(certificateLines({ certificates: { main: FACTS } }, at("2026-06-01")), [
    "cert      main example.com www.example.com until 2027-01-01T00:00:00.000Z",
  ]);
  assert.deepEqual(certificateLines({ certificates: { main: FACTS } }, at("2026-12-31")), [
    "cert      main example.com www.example.com WARNING: ends on 2027-01-01T00:00:00.000Z, in 1 days",
  ]);
  assert.equal(
    formatCertificates({ main: FACTS }, at("2027-02-01")),
    [
      "main: example.com www.example.com  WARNING: ended on 2027-01-01T00:00:00.000Z",
      "  valid from 2026-01-01T00:00:00.000Z to 2027-01-01T00:00:00.000Z",
      "  issued by CN=authority, O=edge",
      "  sha256 AA:BB",
      "",
    ].join("\n"),
  );
});

test("a certificate that an app shows to its backends is among them, with what it is for", () => {
  const own = { ...FACTS, hostnames: [], app: "shop" };
  assert.deepEqual(certificateLines({ certificates: { "app-shop": own } }, at("2026-12-31")), [
    "cert      app-shop shown to backends of shop WARNING: ends on 2027-01-01T00:00:00.000Z, in 1 days",
  ]);
  assert.match(formatCertificates({ "app-shop": own }, at("2026-06-01")), /^app-shop: shown to backends of shop\n/);
  const pem = readFileSync(join(import.meta.dirname, "../proxy/data/client-alice.pem"), "utf8");
  const facts = allFacts([], [{ app: "shop", clientPem: pem }, { app: "blog" }]);
  assert.deepEqual(Object.keys(facts), ["app-shop"]);
  assert.deepEqual([facts["app-shop"]?.app, facts["app-shop"]?.hostnames], ["shop", []]);
});

test("lists of revoked certificates are told with their end, and warned of like certificates", () => {
  const list = { issuer: "CN=clients", thisUpdate: "2026-01-01T00:00:00.000Z", nextUpdate: "2026-01-31T00:00:00.000Z" };
  const endless = { issuer: "CN=more", thisUpdate: "2026-01-01T00:00:00.000Z" };
  const near = "ends on 2026-01-31T00:00:00.000Z, in 3 days: from then on no client of this authority is trusted";
  assert.deepEqual(revocationLines({ revocationLists: [list, endless] }, at("2026-01-10")), [
    "crl       CN=clients until 2026-01-31T00:00:00.000Z",
    "crl       CN=more",
  ]);
  assert.deepEqual(revocationLines({ revocationLists: [list] }, at("2026-01-28")), [
    `crl       CN=clients WARNING: ${near}`,
  ]);
  assert.equal(
    formatRevocationLists([list, endless], at("2026-01-28")),
    [
      `revocation list of CN=clients  WARNING: ${near}`,
      "  valid from 2026-01-01T00:00:00.000Z to 2026-01-31T00:00:00.000Z",
      "revocation list of CN=more",
      "  valid from 2026-01-01T00:00:00.000Z",
      "",
    ].join("\n"),
  );
});

test("the status has a line for each listener at which handshakes have failed", () => {
  assert.deepEqual(handshakeLines({ handshakesFailed: { https: { noCertificate: 2, left: 1 } } }), [
    "tls       https: handshakes failed: 2 noCertificate, 1 left",
  ]);
});

test("what is said of a certificate is read from its file, and no key with it", () => {
  const pem = readFileSync(join(import.meta.dirname, "../proxy/data/a.pem"), "utf8");
  const { main } = allFacts([{ name: "main", hostnames: ["a.example"], pem }], []);
  assert.deepEqual(main?.hostnames, ["a.example"]);
  assert.match(main?.fingerprint ?? "", /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assert.match(`${main?.notBefore} ${main?.notAfter}`, /^\d{4}-\d\d-\d\dT[\d:.]+Z \d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.ok(Date.parse(main?.notAfter ?? "") > Date.parse(main?.notBefore ?? ""));
});
