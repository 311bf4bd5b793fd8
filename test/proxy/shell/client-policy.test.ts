import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { reloadResultSchema } from "../../../config/status.ts";
import { askStatus } from "../../../daemon/status-socket.ts";
import { ask, pem } from "../lib/certified-client.ts";
import { ConfigDirectory, lines } from "../lib/config-directory.ts";
import { DaemonProcess, freePort, runtimes } from "../lib/daemon-process.ts";
import { RawOrigin } from "../lib/raw-origin.ts";

// Whether certificates are asked for changes under a daemon with several workers, on one port.

const CLIENTS = 40;
const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

const { found, missing } = runtimes();
for (const why of missing) test("clients' certificates on Bun", { skip: why }, () => undefined);

for (const runtime of found) {
  test(`${runtime.name}: certificates are asked for from a reload on, and nobody is refused over it`, async () => {
    const origin = await RawOrigin.start();
    cleanUp.push(() => origin.close());
    const port = await freePort();
    const proxy = (tls: object) =>
      lines(
        { proxy: "lb1", workers: 2 },
        { tls },
        { timeouts: { drainMs: 1_000 } },
        { listener: "https", kind: "https", address: "127.0.0.1", port },
        { certificate: "default", hostnames: ["a.example"] },
      );
    const directory = new ConfigDirectory({
      "proxy.jsonl": proxy({}),
      "apps.d/app1.jsonl": lines({ app: "app1", path: "/app1/" }, { backend: "web1", address: origin.address }),
      "tls/default.pem": pem("a"),
    });
    cleanUp.push(() => directory.remove());
    const daemon = new DaemonProcess(runtime, ["--config-dir", directory.path, "--run-dir", directory.runPath]);
    cleanUp.push(() => daemon.signal("SIGKILL"));
    await daemon.line(/"event":"started"/);
    const reload = async (tls: object) => {
      directory.write("proxy.jsonl", proxy(tls));
      const request = { request: "reload" } as const;
      return reloadResultSchema.parse(await askStatus(join(directory.runPath, "status.sock"), request, 10_000));
    };
    const crowd = (certificate: "client-alice" | undefined, session?: Buffer) =>
      Promise.all(Array.from({ length: CLIENTS }, () => ask({ port, certificate, session })));
    const served = (asked: readonly { readonly response: string }[]) =>
      asked.filter(({ response }) => response.startsWith("HTTP/1.1 200 ")).length;

    const { session } = await ask({ port });
    assert.ok(session !== undefined);
    const required = { clientCertificates: { mode: "required", caPem: pem("client-ca") } };
    const [during, result] = await Promise.all([crowd("client-alice"), reload(required)]);
    assert.deepEqual([served(during), result], [CLIENTS, { isOk: true, problems: [] }]);
    assert.deepEqual([served(await crowd(undefined, session)), served(await crowd("client-alice"))], [0, CLIENTS]);

    const broken = pem("client-ca").replace(/\n[A-Za-z0-9+/=]+\n-----END/, "\n-----END");
    const refused = await reload({ clientCertificates: { mode: "required", caPem: broken } });
    assert.match(refused.problems.join(), /^proxy\.jsonl: tls\.clientCertificates\.caPem: got what OpenSSL can't read/);
    const cut = pem("revoking-crl").replace(/\n[A-Za-z0-9+/=]+\n-----END/, "\n-----END");
    const unread = await reload({ clientCertificates: { ...required.clientCertificates, crlPem: cut } });
    assert.match(unread.problems.join(), /^proxy\.jsonl: tls\.clientCertificates\.crlPem: got what OpenSSL can't read/);
    const [back] = await Promise.all([crowd("client-alice"), reload({})]);
    assert.deepEqual([served(back), served(await crowd(undefined))], [CLIENTS, CLIENTS]);
    daemon.signal("SIGTERM");
    assert.equal(await daemon.ended(), 0);
  });
}
