import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request as requestHttp } from "node:http";
import { request } from "node:https";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { proxyStatusSchema } from "../../config/status.ts";
import type { Lab } from "../../lab/lab.ts";
import { type LoadBalancerHandle, PassthroughApp } from "../../provider/index.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { APP, BALANCERS, deploySite, eventually, settledHolder, type TestPair, virtualAddress } from "./lib/pair.ts";
import { siteProgram } from "./lib/site.ts";

// TLS that backends end themselves, beside an app whose TLS the pair ends: Debian's nginx is told the client by the
// PROXY protocol, and has the only key of its name.

const PEM = readFileSync(join(import.meta.dirname, "../proxy/data/a.pem"), "utf8");
const NAME = "a.example";
const SERVERS = ["web4", "web5"] as const;
/** Each worker of a host takes turns of its own: of so many connections, one worker has two. */
const CONNECTIONS = availableParallelism() + 1;
const CONFIG = "/etc/nginx/conf.d/lbpair-passthrough.conf";
const KEY = "/etc/nginx/lbpair-passthrough.pem";
const NGINX = `server {
  listen 8443 ssl proxy_protocol;
  ssl_certificate ${KEY};
  ssl_certificate_key ${KEY};
  location / { return 200 "$hostname $proxy_protocol_addr $ssl_server_name"; }
}
`;

let lab: Lab;
let pair: TestPair;

before(async () => {
  lab = await openTestLab();
  for (const host of SERVERS) {
    await lab.sh(host, `umask 077; cat >${KEY}`, PEM);
    await lab.sh(host, `cat >${CONFIG}; systemctl reload nginx`, NGINX);
  }
  const site = siteProgram(lab, APP);
  pair = await deploySite(lab, "passthrough", async () => {
    const outputs = await site();
    const backends = Object.fromEntries(SERVERS.map((host) => [host, { address: `${lab.host(host).address}:8443` }]));
    const loadBalancer = outputs["handle"] as LoadBalancerHandle;
    const shop = new PassthroughApp("shop", { loadBalancer, hostnames: [NAME], proxyProtocol: true, backends });
    return { ...outputs, shopUrl: shop.url };
  });
});
after(async () => {
  await pair.close();
  for (const host of SERVERS) await lab.sh(host, `rm -f ${CONFIG} ${KEY}; systemctl reload nginx`);
});

/** Body of an answer over TLS, whose certificate is judged. */
function ask(servername: string, ca: string, path = "/"): Promise<string> {
  return new Promise((resolve, reject) => {
    const host = virtualAddress(lab);
    const asked = request({ host, servername, ca, path, agent: false, headers: { host: servername } }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve(body));
    });
    asked.once("error", reject);
    asked.end();
  });
}

test("clients reach the backends' own TLS through the virtual address, by turns, and are told to them", async () => {
  const host = await settledHolder(lab);
  await eventually(
    "both backends checked",
    async () => proxyStatusSchema.parse(JSON.parse(await lab.sh(host, "lbctl status --json")).proxy).apps["shop"],
    (shop) => Object.values(shop?.backends ?? {}).every(({ state, check }) => state === "up" && check === "L6OK"),
  );
  const answers: string[] = [];
  while (answers.length < CONNECTIONS) answers.push(await ask(NAME, PEM));
  assert.deepEqual(new Set(answers.map((answer) => answer.split(" ")[0])), new Set(SERVERS));
  for (const answer of answers) assert.match(answer, /^web\d 203\.0\.113\.\d+ a\.example$/);
  const outputs = await pair.site.stack.outputs();
  assert.equal(outputs["shopUrl"]?.value, `https://${NAME}/`);
});

test("other names are served by the pair as ever, and the redirect stands in front of all", async () => {
  const ca = readFileSync(pair.browser.caPath, "utf8");
  assert.match(await ask("example.com", ca, "/app/x"), /"path": "\/x"/);
  const location = await new Promise<string | undefined>((resolve, reject) => {
    const asked = requestHttp({ host: virtualAddress(lab), headers: { host: NAME }, path: "/x?y" }, (response) => {
      response.resume();
      resolve(response.headers.location);
    });
    asked.once("error", reject);
    asked.end();
  });
  assert.equal(location, `https://${NAME}/x?y`);
});

test("each connection is a line of the access log, and the hosts have no key of the name", async () => {
  const host = await settledHolder(lab);
  const lines = await eventually(
    "all connections have ended",
    async () => (await lab.sh(host, "journalctl -u lbpair-proxy -o cat")).match(/^\{"event":"connection".*$/gm) ?? [],
    (told) => told.length >= CONNECTIONS,
  );
  const ends = lines.map((line) => {
    const { serverName, app, termination } = JSON.parse(line);
    return `${serverName} ${app} ${termination}`;
  });
  assert.deepEqual(new Set(ends), new Set(["a.example shop --"]));
  for (const each of BALANCERS) assert.equal(await lab.sh(each, "ls /etc/lbpair/tls"), "main.pem\n");
});
