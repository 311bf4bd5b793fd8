import assert from "node:assert/strict";
import { test } from "node:test";
import { proxiedAppProblems, proxiedAppWarnings, renderApp } from "../../components/render/app.ts";
import { backendServerProblems } from "../../components/render/backend.ts";
import type { PairInput } from "../../components/render/pair.ts";
import { pairProblems, pairWarnings } from "../../components/render/pair-problems.ts";
import { formatProblem } from "../../config/problems.ts";
import { pairInput } from "./lib/samples.ts";

// What a mistake reads like. One case at least for every group of args.

function ofPair(over: Record<string, unknown>): string[] {
  return pairProblems(pairInput(over)).map((problem) => formatProblem("edge", problem));
}

function hostsWith(over: Record<string, unknown>, connection: Record<string, unknown> = {}): Record<string, unknown> {
  const hosts = pairInput()["hosts"] as Record<string, { connection: object }>;
  return { ...hosts, lb2: { ...hosts["lb2"], ...over, connection: { ...hosts["lb2"]?.connection, ...connection } } };
}

test("right args have no problem", () => {
  assert.deepEqual(ofPair({}), []);
});

const PAIR_MISTAKES: readonly [over: Record<string, unknown>, message: string][] = [
  [
    { hostname: "Example.com" },
    'hostname: got "Example.com", want a lower-case DNS name like www.example.com, or *.example.com',
  ],
  [
    { alternativeHostnames: ["a b"] },
    'alternativeHostnames.0: got "a b", want a lower-case DNS name like www.example.com, or *.example.com',
  ],
  [
    { virtualAddress: "203.0.113.10" },
    'virtualAddress: got "203.0.113.10", want an address with prefix length, like 203.0.113.10/24',
  ],
  [
    { virtualAddress: "203.0.113.12/24" },
    'virtualAddress: got "203.0.113.12/24", want an address that lb2 does not have',
  ],
  [{ hosts: {} }, "hosts: got {}, want 2 hosts"],
  [{ hosts: hostsWith({ priority: 300 }) }, "hosts.lb2.priority: got 300, want an integer 1..254"],
  [{ hosts: hostsWith({ priority: 254 }) }, "hosts.lb2.priority: got 254, want another priority than the other host's"],
  [
    { hosts: hostsWith({ interface: "a/b" }) },
    'hosts.lb2.interface: got "a/b", want an interface name, 1..15 characters',
  ],
  [
    { hosts: hostsWith({ sourceAddresses: ["web"] }) },
    'hosts.lb2.sourceAddresses.0: got "web", want an IPv4 or IPv6 address',
  ],
  [
    { hosts: hostsWith({}, { hostKey: undefined }) },
    "hosts.lb2.connection.hostKey: got nothing, want the machine's public key, as in /etc/ssh/ssh_host_ed25519_key.pub",
  ],
  [
    { hosts: hostsWith({}, { privateKey: "" }) },
    "hosts.lb2.connection.privateKey: got a secret value, want a text that is not empty",
  ],
  [{ hosts: hostsWith({}, { bastion: "x" }) }, 'hosts.lb2.connection.bastion: got "x", want no such field'],
  [
    { hosts: hostsWith({}, { proxy: { host: "jump" } }) },
    "hosts.lb2.connection.proxy.hostKey: got nothing, want the machine's public key, as in /etc/ssh/ssh_host_ed25519_key.pub",
  ],
  [
    { hosts: hostsWith({}, { host: "198.51.100.12" }) },
    'hosts.lb2.connection.host: got "198.51.100.12", want an address in the network of virtualAddress 203.0.113.10/24, or hosts.lb2.interface',
  ],
  [{ tls: { versionMin: "TLSv1.1" } }, 'tls.versionMin: got "TLSv1.1", want one of TLSv1.2, TLSv1.3'],
  [
    { tls: { certificate: { certificatePem: "x", privateKeyPem: "-----BEGIN PRIVATE KEY-----" } } },
    'tls.certificate.certificatePem: got "x", want PEM text, starting with -----BEGIN',
  ],
  [{ stats: { user: "admin" } }, "stats.password: got nothing, want a password that is not empty"],
  [{ stats: { user: "a:b", password: "x" } }, 'stats.user: got "a:b", want 1..64 visible characters without :'],
  [{ vrrp: { vrid: 256 } }, "vrrp.vrid: got 256, want an integer 1..255"],
  [{ vrrp: { version: 4 } }, "vrrp.version: got 4, want 2 or 3"],
  [
    { vrrp: { version: 2, advertIntervalMs: 100 } },
    "vrrp.advertIntervalMs: got 100, want whole seconds in version 2, like 1000",
  ],
  [
    { vrrp: { authentication: { kind: "password", secret: "nine-long" } } },
    "vrrp.authentication.secret: got a secret value, want a password of 1..8 visible characters",
  ],
  [
    { vrrp: { authentication: { kind: "hmac", secret: "short" } } },
    "vrrp.authentication.secret: got a secret value, want 32..64 visible characters, or nothing, so that one is made",
  ],
  [
    { vrrp: { authentication: { kind: "hmac" }, version: 2, advertIntervalMs: 1_000 } },
    'vrrp.authentication: got "hmac", want what version 2 has; this needs version 3',
  ],
  [
    { vrrp: { authentication: { kind: "hmac", keyId: 256 } } },
    "vrrp.authentication.keyId: got 256, want an integer 1..255",
  ],
  [{ vrrp: { label: "a b" } }, 'vrrp.label: got "a b", want 1..15 printable characters'],
  [
    { moreVirtualAddresses: { second: { address: "203.0.113.9/24", addressInterface: "a/b" } } },
    'moreVirtualAddresses.second.addressInterface: got "a/b", want an interface name, 1..15 characters',
  ],
  [{ vrrp: { metrics: {} } }, "vrrp.metrics.port: got nothing, want an integer 1..65535"],
  [
    { vrrp: { scripts: { uplink: { command: ["true"] } } } },
    'vrrp.scripts.uplink.command: got ["true"], want a program\'s absolute path and its arguments',
  ],
  [
    { vrrp: { processes: { dns: { comm: "a-name-that-is-too-long" } } } },
    'vrrp.processes.dns.comm: got "a-name-that-is-too-long", want a process\'s name, 1..15 characters',
  ],
  [
    { vrrp: { hooks: [{ command: ["../move"] }] } },
    'vrrp.hooks.0.command: got ["../move"], want a program\'s absolute path and its arguments',
  ],
  [{ ports: { clear: 80 } }, "ports.clear: got 80, want a port that ports.http does not have"],
  [{ workers: 0 }, "workers: got 0, want an integer 1..64"],
  [{ tls: { hstsSeconds: -1 } }, "tls.hstsSeconds: got -1, want an integer 0..100000000"],
  [{ vrrp: { preempt: "sometimes" } }, 'vrrp.preempt: got "sometimes", want one of never, when-healthier, always'],
  [{ vrrp: { trackProxy: { weight: 300 } } }, "vrrp.trackProxy.weight: got 300, want an integer -253..253"],
  [{ ports: { https: 0 } }, "ports.https: got 0, want an integer 1..65535"],
  [{ ports: { redirectStatus: 200 } }, "ports.redirectStatus: got 200, want 301, 302, 307 or 308"],
  [{ timeouts: { clientMs: 0 } }, "timeouts.clientMs: got 0, want an integer 1..86400000"],
  [{ limits: { headBytesMax: 1 } }, "limits.headBytesMax: got 1, want an integer 8192..262144"],
  [{ log: { level: "loud" } }, 'log.level: got "loud", want one of debug, info, warn, error'],
  [
    { proxyProtocol: ["10.0.0.0"] },
    'proxyProtocol.0: got "10.0.0.0", want an address with prefix length, like 203.0.113.10/24',
  ],
  [{ proxyProtocol: [] }, "proxyProtocol: got [], want at least 1 network"],
  [
    { trustedProxies: ["10.0.0.0"] },
    'trustedProxies.0: got "10.0.0.0", want an address with prefix length, like 203.0.113.10/24',
  ],
  [{ defaultApp: "" }, 'defaultApp: got "", want 1..63 of a-z A-Z 0-9 _ - starting with a letter or digit'],
  [{ redirectToSlash: "yes" }, 'redirectToSlash: got "yes", want true or false'],
  [
    { virtualAddress: "203.0.113.255/24" },
    'virtualAddress: got "203.0.113.255/24", want an address that a host can have, not its network\'s or broadcast',
  ],
  [
    { hosts: hostsWith({}, { host: "203.0.113.11" }) },
    'hosts.lb2.connection.host: got "203.0.113.11", want another machine than the other host',
  ],
  [
    { moreVirtualAddresses: { second: { address: "203.0.113.10/24" } } },
    'moreVirtualAddresses.second.address: got "203.0.113.10/24", want an address that instance "main" does not have',
  ],
  [
    { moreVirtualAddresses: { second: { address: "203.0.113.9/24", preferredHost: "lb3" } } },
    'moreVirtualAddresses.second.preferredHost: got "lb3", want one of lb1, lb2',
  ],
  [
    { moreVirtualAddresses: { second: { address: "203.0.113.9/24", vrid: 51 } } },
    'moreVirtualAddresses.second.vrid: got 51, want a VRID that instance "main" does not have',
  ],
  [
    { moreVirtualAddresses: { main: { address: "203.0.113.9/24" } } },
    'moreVirtualAddresses.main: got "main", want another name than main, which is the pair\'s own',
  ],
  [
    { tls: { moreCertificates: { shop: {} } } },
    "tls.moreCertificates.shop.hostnames: got nothing, want hostnames to issue it for, or certificatePem and privateKeyPem",
  ],
  [
    { tls: { validityHours: 24, earlyRenewalHours: 24 } },
    "tls.earlyRenewalHours: got 24, want less than the 24 hours of its validity",
  ],
  [{ ports: { http: 443 } }, "ports.http: got 443, want a port that ports.https does not have"],
  [
    { stats: { user: "admin", password: "x", port: 443 } },
    "stats.port: got 443, want a port that ports.https does not have",
  ],
  [
    { rawSettings: { proxy: { limits: { fieldsMax: 1 } } } },
    "rawSettings.proxy.limits.fieldsMax: got 1, want an integer 16..1000",
  ],
];

test("unicast needs an address of each family that moves", () => {
  const six = { address: "2001:db8::10/64" };
  assert.deepEqual(ofPair({ vrrp: { isUnicast: true }, moreVirtualAddresses: { six } }), [
    'edge: hosts.lb1.sourceAddresses: got ["203.0.113.11"], want the host\'s IPv6 address, for unicast',
    'edge: hosts.lb2.sourceAddresses: got ["203.0.113.12"], want the host\'s IPv6 address, for unicast',
  ]);
});

test("raw settings may say what only a later release knows", () => {
  const rawSettings = { proxy: { limits: { pipesMax: 4 } }, vrrp: { instances: { main: { colour: "red" } } } };
  assert.deepEqual(ofPair({ rawSettings }), []);
});

for (const [over, message] of PAIR_MISTAKES) {
  test(`a pair's mistake is told as "${message}"`, () => assert.deepEqual(ofPair(over), [`edge: ${message}`]));
}

test("a value of the wrong kind is told in words", () => {
  const messages = ofPair({ hosts: [], stats: "admin", vrrp: 51, trustedProxies: "10.0.0.0/8" });
  assert.deepEqual(messages, [
    "edge: hosts: got [], want an object",
    'edge: stats: got "admin", want an object',
    "edge: vrrp: got 51, want an object",
    'edge: trustedProxies: got "10.0.0.0/8", want a list',
  ]);
});

test("all mistakes are told at once", () => {
  const messages = ofPair({ hostname: 1, vrrp: { vrid: 0 }, ports: { http: "80" } });
  assert.deepEqual(
    messages.map((message) => message.split(":")[1]?.trim()),
    ["hostname", "vrrp.vrid", "ports.http"],
  );
});

test("a wrong value keeps nobody from hearing of what is wrong between others", () => {
  const hosts = hostsWith({ priority: 254 }, { host: "203.0.113.11", privateKey: "" });
  const tls = { validityHours: 24, earlyRenewalHours: 24 };
  const messages = ofPair({ hostname: 1, hosts, tls, ports: { https: 8_000, clear: 8_000 }, vrrp: { version: 4 } });
  assert.deepEqual(messages, [
    "edge: hostname: got 1, want a lower-case DNS name like www.example.com, or *.example.com",
    "edge: hosts.lb2.connection.privateKey: got a secret value, want a text that is not empty",
    "edge: hosts.lb2.priority: got 254, want another priority than the other host's",
    'edge: hosts.lb2.connection.host: got "203.0.113.11", want another machine than the other host',
    "edge: vrrp.version: got 4, want 2 or 3",
    "edge: ports.clear: got 8000, want a port that ports.https does not have",
    "edge: tls.earlyRenewalHours: got 24, want less than the 24 hours of its validity",
  ]);
});

test("what a wrong value would decide is not guessed", () => {
  const alone = ofPair({ vrrp: { version: "2", advertIntervalMs: 60_000 } });
  assert.deepEqual(alone, ['edge: vrrp.version: got "2", want a number']);
  const weights = ofPair({ vrrp: { trackProxy: { weight: -2 }, preempt: "at times" } });
  assert.deepEqual(weights, ['edge: vrrp.preempt: got "at times", want one of never, when-healthier, always']);
});

test("a message never shows a secret, not even inside the value that is wrong", () => {
  const { lb1 } = hostsWith({}) as Record<string, unknown>;
  const [message = ""] = ofPair({ hosts: { lb1 } });
  assert.match(message, /^edge: hosts: got \{"lb1":\{"connection":\{"host":"203\.0\.113\.11"/);
  assert.doesNotMatch(message, /do-not-show-me|PRIVATE/);
});

test("tracking after which a dead proxy keeps the address, the article's own among it, is refused with the failure named", () => {
  const refused = (trackProxy: object, preempt: string) => ofPair({ vrrp: { trackProxy, preempt } })[0] ?? "";
  assert.equal(
    refused({ weight: -2 }, "never"),
    "edge: vrrp.trackProxy.weight: got -2, want 0, or what lets the other host take over: when lb1 is Active and its proxy dies, " +
      "the priority of lb1 falls from 254 to 252; that of lb2 is 250, not higher",
  );
  assert.match(
    refused({ weight: -6 }, "never"),
    /falls from 254 to 248; lb2 has 250 and may not take over: preempt is "never"$/,
  );
  assert.match(refused({ weight: -4 }, "always"), /falls from 254 to 250; that of lb2 is 250, not higher$/);
  assert.match(
    refused({ weight: 5 }, "always"),
    /falls from 254 to 254; priorities are 1 to 254, so the weight changes/,
  );
  assert.equal(refused({ weight: -5 }, "always"), "");
  assert.equal(refused({ weight: 0 }, "never"), "");
});

test("a proxy that is not looked at is allowed, and warned of", () => {
  const vrrp = { trackProxy: { isEnabled: false, weight: 4 } };
  assert.deepEqual(ofPair({ vrrp }), []);
  const [untracked = ""] = pairWarnings(pairInput({ vrrp }) as PairInput);
  assert.match(untracked, /^vrrp\.trackProxy\.isEnabled: false: the address stays on a host whose proxy is dead/);
});

const HANDLE = { url: "", hostNames: [], connections: {}, sourceAddresses: [], virtualAddresses: [] };
const APP = { app: "app1", path: "/app1/", loadBalancer: HANDLE, backends: { web1: { address: "203.0.113.21:80" } } };

const APP_MISTAKES: readonly [over: Record<string, unknown>, message: string][] = [
  [{ app: "a b" }, 'app: got "a b", want 1..63 of a-z A-Z 0-9 _ - starting with a letter or digit'],
  [
    { path: "app1" },
    'path: got "app1", want a path prefix with slashes at both ends, like /app1/, of unreserved characters',
  ],
  [{ loadBalancer: undefined }, "loadBalancer: got nothing, want a LoadBalancerPair, or its handle"],
  [{ hostnames: [] }, "hostnames: got [], want at least 1 hostname"],
  [{ backends: {} }, "backends: got {}, want 1..10000 backends"],
  [{ backends: { web1: {} } }, "backends.web1.address: got nothing, want an address, or a server"],
  [
    { backends: { web1: { address: "web 1:80" } } },
    'backends.web1.address: got "web 1:80", want host:port, like 192.0.2.21:80 or [2001:db8::21]:80',
  ],
  [
    { backends: { web1: { address: "192.0.2.1:80", server: { address: "192.0.2.1:80" } } } },
    'backends.web1.address: got "192.0.2.1:80", want nothing, because server is given',
  ],
  [
    { backends: { web1: { address: "192.0.2.1:80", weight: 257 } } },
    "backends.web1.weight: got 257, want an integer 0..256",
  ],
  [
    { balance: { algorithm: "fastest" } },
    'balance.algorithm: got "fastest", want one of roundrobin, leastconn, random, hash',
  ],
  [{ persistence: { cookieName: "a b" } }, 'persistence.cookieName: got "a b", want an HTTP token (RFC 9110 5.6.2)'],
  [{ check: { intervalMs: "10s" } }, 'check.intervalMs: got "10s", want an integer 1..86400000'],
  [{ timeouts: { connectMs: -1 } }, "timeouts.connectMs: got -1, want an integer 1..86400000"],
  [{ retries: { attemptsMax: 11 } }, "retries.attemptsMax: got 11, want an integer 0..10"],
  [{ rewrite: { stripPrefix: 1 } }, "rewrite.stripPrefix: got 1, want true or false"],
  [
    { backends: { web1: { address: "web1.Internal:80" }, web2: { address: "WEB1.internal:80" } } },
    'backends.web2.address: got "WEB1.internal:80", want one that backend "web1" does not have',
  ],
  [
    { backends: { web1: { address: "192.0.2.1:80" }, web2: { address: "192.0.2.2:80", cookieValue: "web1" } } },
    'backends.web2.cookieValue: got "web1", want one that backend "web1" does not have',
  ],
  [{ check: { statusMin: 400 } }, "check.statusMax: got 399, want at least statusMin, 400"],
  [
    { persistence: { sameSite: "None", isSecure: false } },
    'persistence.isSecure: got false, want true, because sameSite is "None"',
  ],
  [{ rawSettings: { check: { rise: 0 } } }, "rawSettings.check.rise: got 0, want an integer 1..100"],
];

test("an app's raw settings go over its args, also those that only a later release knows", () => {
  const app = { ...APP, check: { rise: 2 }, rawSettings: { check: { rise: 3, colour: "red" } } };
  assert.deepEqual(proxiedAppProblems(app), []);
  const { loadBalancer: _, ...input } = app;
  assert.match(renderApp(input), /^\{"check":\{"colour":"red","rise":3\}\}$/m);
});

test("an app that no new client gets into is warned of", () => {
  const backends = { web1: { address: "192.0.2.1:80", weight: 0 } };
  assert.match(proxiedAppWarnings({ ...APP, backends })[0] ?? "", /^backends: every weight is 0/);
  assert.deepEqual(proxiedAppWarnings(APP), []);
});

test("all mistakes of an app are told at once", () => {
  const [web1, web2] = [{ address: "192.0.2.1:80" }, { address: "192.0.2.1:80", weight: -1 }];
  const check = { statusMin: 300, statusMax: 200, rise: 0 };
  const problems = proxiedAppProblems({ ...APP, path: "x", backends: { web1, web2, web3: {} }, check });
  assert.deepEqual(
    problems.map(({ path }) => path),
    ["path", "check.rise", "backends.web2.weight", "backends.web3.address", "backends.web2.address", "check.statusMax"],
  );
});

for (const [over, message] of APP_MISTAKES) {
  test(`an app's mistake is told as "${message}"`, () => {
    const problems = proxiedAppProblems({ ...APP, ...over });
    assert.deepEqual(
      problems.map((problem) => formatProblem("app1", problem)),
      [`app1: ${message}`],
    );
  });
}

test("a backend server's mistakes are told", () => {
  const problems = backendServerProblems({ address: "web1", logging: { server: "cern", connection: {} } });
  assert.deepEqual(
    problems.map(({ path, got }) => `${path} ${got}`),
    [
      'address "web1"',
      "logging.connection.host nothing",
      "logging.connection.hostKey nothing",
      'logging.server "cern"',
    ],
  );
});

test("a user agent that would break out of a web server's configuration is refused", () => {
  const connection = { host: "web1", hostKey: "ssh-ed25519 AAAA" };
  const logging = { connection, server: "apache", healthCheckUserAgent: "x' || true || '" };
  const [problem] = backendServerProblems({ address: "web1:80", loadBalancer: HANDLE, logging });
  assert.equal(problem?.path, "logging.healthCheckUserAgent");
});

test("a log that lbpair can't set up wants no connection", () => {
  const connection = { host: "203.0.113.21", hostKey: "ssh-ed25519 AAAA" };
  const backend = { address: "web1:80", loadBalancer: HANDLE };
  const [problem] = backendServerProblems({ ...backend, logging: { server: "tomcat", connection } });
  assert.deepEqual(problem, {
    path: "logging.server",
    got: '"tomcat"',
    want: "one of apache, nginx, or no connection: the output logSnippet has what to put there by hand",
  });
  assert.deepEqual(backendServerProblems({ ...backend, logging: { server: "tomcat" } }), []);
});

test("logging needs a pair", () => {
  const logging = { connection: { host: "web1", hostKey: "ssh-ed25519 AAAA" }, server: "apache" };
  const [problem] = backendServerProblems({ address: "web1:80", logging });
  assert.equal(problem?.path, "loadBalancer");
});
