import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { nextTicketKeysMs, ticketKeys } from "../../../proxy/shell/ticket-keys.ts";
import { app1, type Setup, TestProxy } from "../lib/test-proxy.ts";

const certificate = (name: string) => ({
  name: "default",
  hostnames: ["a.example"],
  pem: readFileSync(new URL(`../data/${name}.pem`, import.meta.url), "utf8"),
});
const DAY_MS = 86_400_000;
const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

test("the keys of a day are the same wherever the certificate is, and of no other day or certificate", () => {
  const noon = 20_000 * DAY_MS + DAY_MS / 2;
  const keys = ticketKeys(certificate("a"), noon);
  assert.equal(keys?.length, 48);
  assert.deepEqual(ticketKeys(certificate("a"), noon + 1_000), keys);
  assert.notDeepEqual(ticketKeys(certificate("a"), noon + nextTicketKeysMs(noon)), keys);
  assert.notDeepEqual(ticketKeys(certificate("b"), noon), keys);
  assert.equal(nextTicketKeysMs(noon), DAY_MS / 2);
  assert.equal(ticketKeys(undefined, noon), undefined);
});

const isBun = "bun" in process.versions;
const skip = isBun ? "Bun 1.4 can't set ticket keys" : false;
for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`${version}: a session that began at one proxy is resumed by another`, { skip }, async () => {
    const setup: Setup = { apps: [app1(["127.0.0.1:1"])], certificates: [certificate("a")] };
    const [first, second] = [await TestProxy.start(setup), await TestProxy.start(setup)];
    cleanUp.push(
      () => first.stop(),
      () => second.stop(),
    );
    const session = await sessionOf(first.tlsPort, version);
    assert.equal(await isResumed(second.tlsPort, version, session), true);
    await second.apply({ ...setup, certificates: [certificate("b")] });
    assert.equal(await isResumed(second.tlsPort, version, session), false);
  });
}

type Version = "TLSv1.2" | "TLSv1.3";

function open(port: number, version: Version, session?: Buffer): TLSSocket {
  const options = { port, host: "127.0.0.1", servername: "a.example", rejectUnauthorized: false };
  return connect({
    ...options,
    minVersion: version,
    maxVersion: version,
    ...(session === undefined ? {} : { session }),
  });
}

/** The ticket that a server gives; in TLS 1.3 it comes after the handshake. */
function sessionOf(port: number, version: Version): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = open(port, version);
    socket.on("error", reject);
    socket.once("session", (session) => {
      resolve(session);
      socket.destroy();
    });
  });
}

function isResumed(port: number, version: Version, session: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = open(port, version, session);
    socket.on("error", reject);
    socket.on("secureConnect", () => {
      resolve(socket.isSessionReused());
      socket.destroy();
    });
  });
}
