import assert from "node:assert/strict";
import { test } from "node:test";
import { BackendServer } from "../../components/backend-server.ts";
import { WEB_SERVERS } from "../../components/render/backend.ts";
import { renderLogSnippet } from "../../components/render/log-snippets.ts";
import { known, record } from "./lib/recorder.ts";

const PAIR = { addresses: ["203.0.113.11", "203.0.113.12"], userAgent: "HAProxy" };

test("lighttpd believes the pair alone, and leaves out what the pair itself asks for", () => {
  assert.equal(
    renderLogSnippet("lighttpd", PAIR),
    `# lighttpd: a file in conf-enabled, after the one that loads mod_accesslog.
server.modules += ( "mod_extforward" )
extforward.forwarder = ( "203.0.113.11" => "trust", "203.0.113.12" => "trust" )
extforward.headers = ( "X-Forwarded-For" )
$HTTP["useragent"] == "HAProxy" {
  $HTTP["remoteip"] == "203.0.113.11" { accesslog.filename = "" }
  $HTTP["remoteip"] == "203.0.113.12" { accesslog.filename = "" }
}
`,
  );
});

test("Caddy judges by the client's address, so a client that calls itself HAProxy is logged", () => {
  assert.equal(
    renderLogSnippet("caddy", PAIR),
    `# Caddy 2.8 or newer. Into the global options, the block at the top of the Caddyfile:
servers {
	trusted_proxies static 203.0.113.11 203.0.113.12
	trusted_proxies_strict
	client_ip_headers X-Forwarded-For
}

# Into the site's block; its log then has the client's address in client_ip:
@lbpair_healthcheck {
	client_ip 203.0.113.11 203.0.113.12
	header User-Agent "HAProxy"
}
log_skip @lbpair_healthcheck
`,
  );
});

test("a User-Agent is a text, not a pattern, where the server wants a pattern", () => {
  const userAgent = "check/1.0 (a&b)";
  assert.match(renderLogSnippet("tomcat", { ...PAIR, userAgent }), /\^check\\\/1\\\.0 \\\(a&b\\\)\$/);
  assert.match(renderLogSnippet("iis", { ...PAIR, userAgent }), /pattern="\^check\\\/1\\\.0 \\\(a&amp;b\\\)\$"/);
});

test("every snippet names each address of the pair", () => {
  for (const server of WEB_SERVERS) {
    const text = renderLogSnippet(server, PAIR).replaceAll("\\", "");
    for (const address of PAIR.addresses) assert.ok(text.includes(address), `${server} ${address}`);
  }
});

const handle = {
  url: "https://example.com/",
  hostNames: ["lb1", "lb2"],
  connections: {},
  sourceAddresses: [...PAIR.addresses, "203.0.113.10"],
  virtualAddresses: ["203.0.113.10"],
};

test("without a connection nothing is made on the machine, and the output has the snippet", async () => {
  let snippet = "";
  const recording = await record(async (options) => {
    const args = { address: "203.0.113.21:80", loadBalancer: handle, logging: { server: "caddy" as const } };
    const server = new BackendServer("web1", args, options);
    snippet = await known(server.logSnippet);
  });
  assert.deepEqual(
    recording.resources.map(({ type }) => type),
    ["lbpair:index:BackendServer"],
  );
  assert.match(snippet, /trusted_proxies static 203\.0\.113\.11 203\.0\.113\.12 203\.0\.113\.10\n/);
});

test("a server without logging has no snippet", async () => {
  await record(async (options) => {
    const server = new BackendServer("web1", { address: "203.0.113.21:80" }, options);
    assert.equal(await known(server.logSnippet), "");
  });
});
