import assert from "node:assert/strict";
import { createServer, METHODS, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { requestText } from "../lib/arbitraries.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

// What the proxy forwards, as a server of another make reads it: Node's HTTP server with all its leniency switched on.

type Read = { readonly method: string; readonly url: string; readonly names: readonly string[]; readonly body: string };

let server: Server;
let proxy: TestProxy;
const read: Read[] = [];
before(async () => {
  server = createServer({ insecureHTTPParser: true }, (request, response) => {
    const { method = "", url = "", rawHeaders } = request;
    const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    let body = "";
    request.on("data", (bytes: Buffer) => {
      body += bytes.toString("latin1");
    });
    request.on("end", () => {
      read.push({ method, url, names, body });
      response.end("ok");
    });
  });
  // A parser that finds something wrong in what is forwarded to it has read it otherwise.
  server.on("clientError", (error, socket) => {
    read.push({ method: "clientError", url: error.message, names: [], body: "" });
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  proxy = await TestProxy.start({ apps: [app1([`127.0.0.1:${port}`], { persistence: { kind: "none" } })] });
});
after(async () => {
  await proxy.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const BODIES: readonly (readonly [RegExp, string, string])[] = [
  [/\r\nContent-Length: 5\r\n/, "hello", "hello"],
  [/\r\nTransfer-Encoding: chunked\r\n/, "5;x\r\nhello\r\n0\r\nA: b\r\n\r\n", "hello"],
];
const ENDING_HERE = /^(?:connection|keep-alive|te|trailer|upgrade|expect|proxy|forwarded|.*_.*)$/;

test("another parser reads what is forwarded as the same single request", async () => {
  let forwardedCount = 0;
  const isOne = fc.asyncProperty(requestText, async (text) => {
    // Node knows no method beyond its list.
    const known = text.replace(/^\S+/, (method) => (METHODS.includes(method) ? method : "PROPFIND"));
    const head = known.replace(" /", " /app1/");
    const [, sent = "", body = ""] = BODIES.find(([pattern]) => pattern.test(head)) ?? [];
    read.length = 0;
    const client = proxy.openPair();
    client.send(`${head}${sent}`);
    client.socket.end();
    const got = await client.closed();
    client.destroy();
    if (read.length === 0) {
      assert.match(got, /^(?:HTTP\/1\.1 [345]\d\d |$)/, "what is not forwarded is refused");
      return;
    }
    forwardedCount++;
    assert.equal(read.length, 1);
    const [seen] = read;
    const [method = "", target = ""] = head.split(" ");
    assert.deepEqual([seen?.method, seen?.body], [method, body]);
    assert.equal(seen?.url.split("?")[1], target.split("?")[1], "the query is the same");
    assert.deepEqual(
      seen?.names.filter((name) => ENDING_HERE.test(name)),
      [],
    );
    assert.deepEqual(
      seen?.names.filter((name) => name === "host" || name === "x-forwarded-for"),
      ["host", "x-forwarded-for"],
    );
  });
  await fc.assert(isOne, { numRuns: 400, seed: 5 });
  assert.ok(forwardedCount > 50, `${forwardedCount} were forwarded`);
});
