import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { Watch } from "../../lab/client/watch.ts";
import type { Lab } from "../../lab/lab.ts";
import { BackendServer, type ConnectionArgs, type WebServer } from "../../provider/index.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { openTestStack, type TestStack } from "./lib/engine.ts";
import { assertAllAnswered, startLoad } from "./lib/load.ts";
import { deploySite, eventually, settledHolder, type TestPair } from "./lib/pair.ts";
import { type Apps, siteProgram } from "./lib/site.ts";

// The logs of real servers whose administrators got there first. One story, told in order, while a client asks for what they serve.

const APPS: Apps = {
  app1: { path: "/app1/", backends: { web1: { address: "203.0.113.21:80" }, web4: { address: "203.0.113.24:80" } } },
};
/** What a backend's log needs of the pair are its addresses. */
const HANDLE = {
  url: "https://example.com/",
  hostNames: ["lb1", "lb2"],
  connections: {},
  sourceAddresses: ["203.0.113.11", "203.0.113.12", "203.0.113.10"],
  virtualAddresses: ["203.0.113.10"],
};
const SERVERS = { web1: "apache", web4: "nginx" } as const;
type Name = keyof typeof SERVERS;
const NAMES = Object.keys(SERVERS) as Name[];
const ETC: Record<WebServer, string> = {
  ...{ apache: "/etc/apache2", nginx: "/etc/nginx" },
  ...{ caddy: "", iis: "", lighttpd: "", tomcat: "" },
};

let lab: Lab;
let pair: TestPair;
let load: Watch;
let site: TestStack;
let untouched: Record<Name, string>;

before(async () => {
  lab = await openTestLab();
  untouched = await files();
  pair = await deploySite(lab, "logged", siteProgram(lab, APPS));
  await settledHolder(lab);
  load = startLoad(lab, pair.browser, "/app1/");
  site = await openTestStack(lab, "logs", program(NAMES));
});
after(async () => {
  await site.stack.destroy({ color: "never" });
  site.close();
  await pair.close();
});

function program(names: readonly Name[]) {
  return async () => {
    const privateKey = new pulumi.Config().requireSecret("privateKey");
    for (const name of names) {
      const { address, hostKey } = lab.host(name);
      const connection: ConnectionArgs = { host: address, hostKey, privateKey };
      const logging = { server: SERVERS[name], connection };
      new BackendServer(name, { address: `${address}:80`, loadBalancer: HANDLE, logging });
    }
  };
}

/** Every file and link of each server's configuration, by digest. */
async function files(): Promise<Record<Name, string>> {
  const script = (name: Name) =>
    `cd ${ETC[SERVERS[name]]} && find . -type f -exec sha256sum {} + | sort && find . -type l -printf '%p %l\\n' | sort`;
  const texts = await Promise.all(NAMES.map(async (name) => [name, await lab.sh(name, script(name))] as const));
  return Object.fromEntries(texts) as Record<Name, string>;
}

/** What a person sees of an `up` that fails. */
async function failedUp(): Promise<string> {
  let text = "";
  const onOutput = (part: string) => {
    text += part;
  };
  const isGood = await site.stack.up({ color: "never", onOutput }).then(
    () => true,
    () => false,
  );
  assert.ok(!isGood, text);
  return text;
}

test("a server that refuses what we write gets everything back, goes on serving, and up says why", async () => {
  // An administrator's own answer to the same question; and an Apache that was built without the module.
  await lab.sh("web4", "echo 'real_ip_header X-Real-IP;' > /etc/nginx/conf.d/admin.conf && systemctl reload nginx");
  await lab.sh("web1", "mv /etc/apache2/mods-available/remoteip.load /root/");
  const asFound = await files();
  const text = await failedUp();
  assert.match(text, /nginx: refuses the configuration:\n.*"real_ip_header" directive is duplicate/);
  assert.match(text, /apache2: refuses the configuration:/);
  assert.deepEqual(await files(), asFound);
  for (const name of NAMES) assert.match(await lab.sh(name, `curl -s http://${lab.host(name).address}/`), /<h1>web/);
  await lab.sh("web4", "rm /etc/nginx/conf.d/admin.conf && systemctl reload nginx");
  await lab.sh("web1", "mv /root/remoteip.load /etc/apache2/mods-available/");
  assert.deepEqual(await files(), untouched);
});

test("a configuration that was broken before is not touched", async () => {
  await lab.sh("web4", "echo 'no_such_directive;' > /etc/nginx/conf.d/admin.conf");
  await lab.sh("web1", "echo NoSuchDirective > /etc/apache2/conf-enabled/admin.conf");
  const asFound = await files();
  const text = await failedUp();
  assert.match(text, /nginx: has a broken configuration already:\n.*no_such_directive/);
  assert.match(text, /apache2: has a broken configuration already:/);
  assert.deepEqual(await files(), asFound);
  await lab.sh("web4", "rm /etc/nginx/conf.d/admin.conf");
  await lab.sh("web1", "rm /etc/apache2/conf-enabled/admin.conf");
});

test("the next up sets both up, and what the administrator adds later stays when we go", async () => {
  await site.stack.up({ color: "never" });
  const changed = await files();
  for (const name of NAMES) assert.notEqual(changed[name], untouched[name]);
  assert.deepEqual(Object.keys(await site.changes()), ["same"]);
  await lab.sh("web1", "echo '# mine' >> /etc/apache2/sites-available/000-default.conf");
  await lab.sh("web4", "echo '# mine' >> /etc/nginx/sites-available/default");
  site.setProgram(program([]));
  await site.stack.up({ color: "never" });
  await lab.sh("web1", "sed -i '$d' /etc/apache2/sites-available/000-default.conf");
  await lab.sh("web4", "sed -i '$d' /etc/nginx/sites-available/default");
  assert.deepEqual(await files(), untouched);
});

test("logrotate's own files are left alone, and a rotated log is written to", async () => {
  site.setProgram(program(NAMES));
  await site.stack.up({ color: "never" });
  const logs = { web1: ["apache2", "/var/log/apache2/access.log"], web4: ["nginx", "/var/log/nginx/access.log"] };
  for (const name of NAMES) {
    const [service = "", log = ""] = logs[name];
    const isWritten = (path: string, text: string) =>
      new RegExp(`^\\S+ - - \\[.*\\] "GET ${path} HTTP/1\\.1" 404 \\d+ "-" "curl/`, "m").test(text);
    const ask = (path: string) => lab.sh(name, `curl -s http://localhost${path} >/dev/null; cat ${log}`);
    assert.ok(isWritten("/before", await ask("/before")));
    await lab.sh(name, `logrotate --force /etc/logrotate.d/${service}`);
    assert.ok(isWritten("/before", await lab.sh(name, `cat ${log}.1`)));
    // Servers open the new file when they have read their signal.
    await eventually(
      `${log} is written to`,
      () => ask("/after"),
      (text) => isWritten("/after", text),
    );
  }
});

test("a client was answered through all of that", async () => {
  await assertAllAnswered(load);
});
