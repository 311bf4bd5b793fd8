import assert from "node:assert/strict";
import { test } from "node:test";
import type { PairInput } from "../../components/render/pair.ts";
import { pairProblems, pairWarnings } from "../../components/render/pair-problems.ts";
import { formatProblem } from "../../config/problems.ts";
import { pairInput } from "./lib/samples.ts";

// What a mistake in a pair reads like. One case at least for every group of args.

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
