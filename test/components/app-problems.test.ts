import assert from "node:assert/strict";
import { test } from "node:test";
import { proxiedAppProblems, proxiedAppWarnings, renderApp } from "../../components/render/app.ts";
import { backendServerProblems } from "../../components/render/backend.ts";
import { formatProblem } from "../../config/problems.ts";

// What a mistake in an app or a backend server reads like. One case at least for every group of args.

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
