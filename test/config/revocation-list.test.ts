import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decodeRevocationLists, revocationWarning } from "../../config/revocation-list.ts";

// WEEKLY is `openssl ca -gencrl` with -crl_lastupdate 20260101000000Z -crl_nextupdate 20260108000000Z; ENDLESS is the
// same without its nextUpdate.
const data = (file: string) => readFileSync(join(import.meta.dirname, "../proxy/data", file), "utf8");
const WEEKLY = data("weekly-crl.pem");
const ENDLESS = `-----BEGIN X509 CRL-----
MIHAMGcCAQEwCgYIKoZIzj0EAwIwNzELMAkGA1UEBhMCREUxEzARBgNVBAoMCkFj
bWUsIEluYy4xEzARBgNVBAMMCkNsaWVudHMgw6QXDTI2MDEwMTAwMDAwMFqgDjAM
MAoGA1UdFAQDAgEBMAoGCCqGSM49BAMCA0kAMEYCIQDWZJUT3YYZvWg/eOBWgs+w
7qGzCFY7yrpMcwsyGzbI9QIhAMkcarJdKbOYa2KhOs1WBfCxDB+UmCDS+3TrssuG
ctEY
-----END X509 CRL-----
`;
const AUTHORITY = "C=DE, O=Acme, Inc., CN=Clients ä";
const weekly = { issuer: AUTHORITY, thisUpdate: "2026-01-01T00:00:00.000Z", nextUpdate: "2026-01-08T00:00:00.000Z" };

test("RFC5280-5.1.2: a list says who issued it, when, and until when it holds; two digits of a year, or four", () => {
  assert.deepEqual(decodeRevocationLists(`${WEEKLY}${data("revoking-crl.pem")}\n${ENDLESS}`), [
    weekly,
    {
      issuer: "O=lbpair, CN=Revoking test CA",
      thisUpdate: "2026-11-27T23:36:42.000Z",
      nextUpdate: "2126-11-03T23:36:42.000Z",
    },
    { issuer: AUTHORITY, thisUpdate: "2026-01-01T00:00:00.000Z" },
  ]);
});

test("a list that is cut short anywhere before its dates is none", () => {
  const der = Buffer.from(WEEKLY.replace(/-----[^-]+-----/g, ""), "base64");
  for (let length = 0; length < der.length; length++) {
    const pem = `-----BEGIN X509 CRL-----\n${der.subarray(0, length).toString("base64")}\n-----END X509 CRL-----\n`;
    assert.deepEqual(decodeRevocationLists(pem), [undefined], `${length} octets`);
  }
});

test("a list is warned of in the last third of its life, two weeks before its end at most, and when it is over", () => {
  const warning = (time: string, list: Parameters<typeof revocationWarning>[0] = weekly) =>
    revocationWarning(list, Date.parse(`2026-${time}:00Z`));
  const untrusted = "no client of this authority is trusted";
  assert.equal(warning("01-05T15:59"), undefined);
  assert.equal(warning("01-05T16:00"), `ends on 2026-01-08T00:00:00.000Z, in 2 days: from then on ${untrusted}`);
  assert.equal(warning("01-07T18:30"), `ends on 2026-01-08T00:00:00.000Z, in 5 hours: from then on ${untrusted}`);
  assert.equal(warning("01-08T00:00"), `ended on 2026-01-08T00:00:00.000Z: ${untrusted}`);
  assert.equal(
    revocationWarning(weekly, Date.parse("2025-12-31T00:00:00Z")),
    `not valid before 2026-01-01T00:00:00.000Z: ${untrusted}`,
  );
  const yearly = { ...weekly, nextUpdate: "2027-01-01T00:00:00.000Z" };
  assert.equal(warning("12-17T23:59", yearly), undefined);
  assert.match(warning("12-18T00:00", yearly) ?? "", /, in 14 days: /);
  assert.equal(warning("12-31T00:00", { issuer: AUTHORITY, thisUpdate: weekly.thisUpdate }), undefined);
});
