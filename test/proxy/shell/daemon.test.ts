import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { hashDocument } from "../../../config/document.ts";
import { proxyStatusSchema, reloadResultSchema } from "../../../config/status.ts";
import { hashPassword } from "../../../daemon/password.ts";
import { askStatus } from "../../../daemon/status-socket.ts";
import { ConfigDirectory, lines } from "../lib/config-directory.ts";
import { DaemonProcess, freePort, type Runtime, runtimes } from "../lib/daemon-process.ts";
import { RawClient } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";

// The daemon itself, as a process, on every runtime that is there.

const pem = readFileSync(new URL("../data/a.pem", import.meta.url), "utf8");
const stored = await hashPassword("geheim");
const cleanUp: (() => unknown)[] = [];
after(async () => {
  for (const undo of cleanUp.reverse()) await undo();
});

const { found, missing } = runtimes();
for (const why of missing) test("the daemon runs on Bun", { skip: why }, () => undefined);

for (const runtime of found) {
  test(`${runtime.name}: --check prints every problem and exits 1, or nothing and 0`, async () => {
    const directory = directoryWith({
      "proxy.jsonl": lines({ proxy: "lb1", x: 1 }),
      "apps.d/a.jsonl": lines({ app: "a" }),
    });
    const bad = new DaemonProcess(runtime, ["--check", "--config-dir", directory.path]);
    assert.equal(await bad.ended(), 1);
    assert.deepEqual([...bad.lines].sort(), [
      "apps.d/a.jsonl: backends: got {}, want 1..10000 backends",
      "apps.d/a.jsonl: path: got nothing, want a path prefix with slashes at both ends, like /app1/, of unreserved characters",
      "proxy.jsonl: x: got 1, want no such field",
    ]);
    directory.write("proxy.jsonl", lines({ proxy: "lb1" }));
    directory.delete("apps.d/a.jsonl");
    const good = new DaemonProcess(runtime, ["--check", "--config-dir", directory.path]);
    assert.equal(await good.ended(), 0);
    assert.deepEqual(good.lines, []);
  });

  test(`${runtime.name}: what no client is trusted under any more is warned of by --check, at the start, and in the status`, async () => {
    const data = (name: string) => readFileSync(new URL(`../data/${name}.pem`, import.meta.url), "utf8");
    const clientCertificates = { mode: "optional", caPem: data("client-ca"), crlPem: data("weekly-crl") };
    const directory = directoryWith({
      "proxy.jsonl": lines({ proxy: "lb1", workers: 1 }, { tls: { clientCertificates } }),
    });
    const issuer = "C=DE, O=Acme, Inc., CN=Clients ä";
    const because = "ended on 2026-01-08T00:00:00.000Z: no client of this authority is trusted";
    const check = new DaemonProcess(runtime, ["--check", "--config-dir", directory.path]);
    assert.equal(await check.ended(), 0);
    assert.deepEqual(check.lines, [
      `proxy.jsonl: tls.clientCertificates.crlPem: warning: the list of ${issuer} ${because}`,
    ]);
    const daemon = start(runtime, directory);
    await daemon.line(/"event":"started"/);
    const warnings = daemon.lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "revocationList");
    assert.deepEqual(
      warnings.map((line) => [line.level, line.issuer, line.because]),
      [["warn", issuer, because]],
    );
    const socket = join(directory.runPath, "status.sock");
    const { revocationLists } = proxyStatusSchema.parse(await askStatus(socket, { request: "status" }, 10_000));
    assert.deepEqual(revocationLists, [
      { issuer, thisUpdate: "2026-01-01T00:00:00.000Z", nextUpdate: "2026-01-08T00:00:00.000Z" },
    ]);
  });

  test(`${runtime.name}: a bad configuration, or a taken port, is no daemon`, async () => {
    const directory = directoryWith({ "proxy.jsonl": lines({ proxy: "lb1", x: 1 }) });
    const bad = start(runtime, directory);
    assert.equal(await bad.ended(), 1);
    const origin = await RawOrigin.start();
    cleanUp.push(() => origin.close());
    const [address = "", port = ""] = origin.address.split(":");
    directory.write(
      "proxy.jsonl",
      lines({ proxy: "lb1" }, { listener: "a", kind: "http", address, port: Number(port) }),
    );
    const taken = start(runtime, directory);
    assert.equal(await taken.ended(), 1);
    assert.match(taken.lines.join("\n"), /EADDRINUSE/);
  });

  test(`${runtime.name}: serves, reloads, refuses bad files, drains`, async () => {
    const origin = await RawOrigin.start();
    cleanUp.push(() => origin.close());
    const [httpsPort, statsPort] = [await freePort(), await freePort()];
    const app = (path: string) => lines({ app: "app1", path }, { backend: "web1", address: origin.address });
    const directory = directoryWith({
      "proxy.jsonl": lines(
        { proxy: "lb1", workers: 1 },
        { stats: { user: "admin", port: statsPort } },
        { timeouts: { drainMs: 1_000 } },
        { listener: "https", kind: "https", address: "127.0.0.1", port: httpsPort },
        { certificate: "default", hostnames: ["a.example"] },
      ),
      "apps.d/app1.jsonl": app("/app1/"),
      "tls/default.pem": pem,
      "secrets/stats-password": stored,
    });
    const daemon = start(runtime, directory);
    await daemon.line(/"event":"started"/);
    const socket = join(directory.runPath, "status.sock");
    const status = async () => proxyStatusSchema.parse(await askStatus(socket, { request: "status" }, 10_000));

    const client = await RawClient.openTls(httpsPort, "a.example");
    const get = async (path: string) => {
      client.send(`GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`);
      return client.response();
    };
    assert.match((await get("/app1/")).head, /Set-Cookie: SRVID_app1=web1; path=\/; HttpOnly; Secure; SameSite=Lax/);
    const first = await status();
    assert.equal(first.runtime.split(" ")[0], runtime.name);
    assert.deepEqual([first.isServing, first.connections, first.name], [true, 1, "lb1"]);
    assert.equal(first.hashes["apps.d/app1.jsonl"], hashDocument(app("/app1/")));
    assert.equal(first.apps["app1"]?.backends["web1"]?.sessionsTotal, 1);

    directory.write("apps.d/app1.jsonl", "{ half a file");
    const refused = reloadResultSchema.parse(await askStatus(socket, { request: "reload" }, 10_000));
    assert.deepEqual(refused, {
      isOk: false,
      problems: ['apps.d/app1.jsonl: line 1: got "{ half a file", want a JSON object'],
    });
    assert.equal((await get("/app1/")).status, 200);
    assert.equal((await status()).hashes["apps.d/app1.jsonl"], hashDocument(app("/app1/")));

    directory.write("apps.d/app1.jsonl", app("/other/"));
    daemon.signal("SIGHUP");
    await daemon.line(/"event":"reload","isOk":true/);
    assert.equal((await get("/other/")).status, 200);
    assert.equal((await get("/app1/")).status, 404);
    assert.equal((await status()).hashes["apps.d/app1.jsonl"], hashDocument(app("/other/")));

    await checkStats(statsPort);
    daemon.signal("SIGTERM");
    await client.closed();
    assert.equal(await daemon.ended(), 0);
    assert.ok(!existsSync(socket));
    const requests = daemon.lines.filter((line) => line.includes('"event":"request"')).map((line) => JSON.parse(line));
    assert.deepEqual(
      requests.slice(0, 2).map(({ path, status, backend, termination }) => [path, status, backend, termination]),
      [
        ["/app1/", 200, "web1", "--"],
        ["/app1/", 200, "web1", "--"],
      ],
    );
  });
}

async function checkStats(port: number): Promise<void> {
  const ask = async (path: string, password: string | undefined) => {
    const client = await RawClient.open(port);
    const authorization = password === undefined ? "" : `Authorization: Basic ${btoa(`admin:${password}`)}\r\n`;
    client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n${authorization}\r\n`);
    const response = await client.response();
    client.destroy();
    return response;
  };
  const asked = await ask("/stats", undefined);
  assert.deepEqual(
    [asked.status, /WWW-Authenticate: (.*)/.exec(asked.head)?.[1]],
    [401, 'Basic realm="lbpair stats", charset="UTF-8"'],
  );
  assert.equal((await ask("/stats", "wrong")).status, 401);
  const page = await ask("/stats", "geheim");
  assert.match(page.head, /\r\nRefresh: 10/);
  assert.match(page.body, /<h1>lb1<\/h1>[\s\S]*<h2>app1<\/h2>[\s\S]*<th scope="row" class="text">web1<\/th>/);
  assert.doesNotMatch((await ask("/stats;norefresh", "geheim")).head, /Refresh/);
  assert.match((await ask("/stats;csv", "geheim")).body, /^# pxname,svname,qcur,[\s\S]*\napp1,web1,0,0,0,1,,3,/);
  assert.match(
    (await ask("/metrics", "geheim")).body,
    /\nlbpair_backend_requests_total\{app="app1",backend="web1"\} \d/,
  );
  assert.equal((await ask("/", "geheim")).status, 404);
}

function directoryWith(files: Readonly<Record<string, string>>): ConfigDirectory {
  const directory = new ConfigDirectory(files);
  cleanUp.push(() => directory.remove());
  return directory;
}

function start(runtime: Runtime, directory: ConfigDirectory): DaemonProcess {
  const daemon = new DaemonProcess(runtime, ["--config-dir", directory.path, "--run-dir", directory.runPath]);
  cleanUp.push(() => {
    daemon.signal("SIGKILL");
    return daemon.ended();
  });
  return daemon;
}
