import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { AppInput } from "../../../config/app.ts";
import { refreshChoice } from "../../../proxy/core/app.ts";
import { setStanding } from "../../../proxy/core/backend.ts";
import { encodeCookieDate } from "../../../proxy/wire/cookie-date.ts";
import { Haproxy, noHaproxy } from "../lib/haproxy.ts";
import { RawClient } from "../lib/raw-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";
import { TestProxy } from "../lib/test-proxy.ts";

// Persistence beside HAProxy's own: the same requests to both, with `cookie SRVID insert indirect nocache`. Clients get
// the same Set-Cookie and Cache-Control, and backends the same Cookie.

/** Nobody listens there. */
const DEAD = "127.0.0.1:1";
const NAMES = ["b0", "b1", "spare"] as const;

let origins: RawOrigin[];
let haproxy: Haproxy;
let proxy: TestProxy;
let answer = "";
before(async () => {
  if (noHaproxy !== undefined) return;
  origins = await Promise.all(NAMES.map(() => RawOrigin.start(() => answer)));
  haproxy = await Haproxy.start(Object.keys(APPS), Object.keys(APPS).map(haproxyBackend).join("\n"));
  proxy = await TestProxy.start({ apps: Object.keys(APPS).map(ownApp) });
  for (const { app, backend } of maintained()) {
    setStanding(backend.state, { isUp: true, operator: "maint" }, 0);
    refreshChoice(app);
  }
});
after(async () => {
  if (noHaproxy !== undefined) return;
  await proxy.stop();
  await haproxy.stop();
  await Promise.all(origins.map((origin) => origin.close()));
});

type Variant = {
  readonly cookie: string;
  readonly persistence: AppInput["persistence"];
  /** What HAProxy says of b0 and b1 beyond address and cookie. */
  readonly words: readonly [string, string];
  readonly weights: readonly [number, number];
  /** Whether b0 is where nobody listens. */
  readonly isDead: boolean;
};

const plain: Variant = { cookie: "", persistence: {}, words: ["", ""], weights: [1, 1], isDead: false };
const APPS: Readonly<Record<string, Variant>> = {
  plain,
  dated: { ...plain, cookie: " maxidle 60s maxlife 300s", persistence: { maxIdleMs: 60_000, maxLifeMs: 300_000 } },
  idle: { ...plain, cookie: " maxidle 60s", persistence: { maxIdleMs: 60_000 } },
  maint: { ...plain, words: ["disabled", ""] },
  backup: { ...plain, words: ["disabled", "disabled"] },
  drained: { ...plain, words: ["weight 0", ""], weights: [0, 1] },
  dead: { ...plain, isDead: true },
};

function addressesOf({ isDead }: Variant): string[] {
  return origins.map(({ address }, index) => (isDead && index === 0 ? DEAD : address));
}

function haproxyBackend(name: string): string {
  const variant = APPS[name] ?? plain;
  const [b0, b1, spare] = addressesOf(variant);
  return `backend ${name}
  balance roundrobin
  cookie SRVID insert indirect nocache${variant.cookie}
  server b0 ${b0} cookie b0 ${variant.words[0]}
  server b1 ${b1} cookie b1 ${variant.words[1]}
  server spare ${spare} backup
`;
}

function ownApp(name: string): AppInput {
  const variant = APPS[name] ?? plain;
  const [b0 = "", b1 = "", spare = ""] = addressesOf(variant);
  const cookie = { cookieName: "SRVID", isHttpOnly: false, isSecure: false, sameSite: "none" as const };
  return {
    app: name,
    path: `/${name}/`,
    persistence: { ...cookie, ...variant.persistence },
    rewrite: { stripPrefix: false, responses: false },
    check: { kind: "none" },
    backends: {
      b0: { address: b0, weight: variant.weights[0] },
      b1: { address: b1, weight: variant.weights[1] },
      spare: { address: spare, isBackup: true, isCookieless: true },
    },
  };
}

function maintained() {
  return proxy.worker.table.apps.flatMap((app) =>
    app.backends
      .filter(({ name }) => APPS[app.name]?.words[NAMES.indexOf(name as "b0")] === "disabled")
      .map((backend) => ({ app, backend })),
  );
}

const agoS = (seconds: number) => encodeCookieDate(Math.floor(Date.now() / 1_000) - seconds);

/**
 * With a validator: HAProxy 2 takes no response without one, and without an age, for cacheable; HAProxy 1.4 did, and so
 * do we, as the caches in front may (RFC 9111 4.2.2).
 */
const ok = (fields = "", status = "200 OK") =>
  `HTTP/1.1 ${status}\r\nContent-Length: 2\r\nETag: "x"\r\n${fields}\r\nok`;

const COOKIES: readonly (readonly string[])[] = [
  [],
  ["SRVID=b0"],
  ["SRVID=b1"],
  ["SRVID=b2"],
  ["SRVID="],
  ["SRVID=b0; a=b; c=d"],
  ["a=b; SRVID=b0; c=d"],
  ["a=b; c=d; SRVID=b0"],
  ["a=b;SRVID=b0;c=d"],
  ["a=b; srvid=b0"],
  ["a=b; XSRVID=b0; SRVIDX=b0"],
  ["a=b", "SRVID=b1; c=d"],
  ["SRVID=b1", "a=b"],
  ["a=SRVID=b0; c=d"],
  // Behind the cookie, HAProxy takes `$Path` out as well; RFC 6265 knows only cookies with such names, and so do we.
  ["$Version=1; $Path=/; SRVID=b0; a=b"],
  ["a=b; c; SRVID=b0; d"],
  ['a="x;y"; SRVID=b0'],
  ["spare"],
  ["SRVID=spare; a=b"],
];

const RESPONSES: readonly (readonly [string, string])[] = [
  ["an ordinary response", ok()],
  ["cookies of the app", ok("Set-Cookie: a=b; Path=/\r\nSet-Cookie: SRVID_other=x\r\n")],
  ["the balancer's own cookie, set by the app", ok("Set-Cookie: SRVID=evil; Path=/\r\nSet-Cookie: a=b\r\n")],
  ["Cache-Control: public", ok("Cache-Control: public, max-age=60\r\n")],
  ...["private", "no-cache", "no-store", "max-age=0", "s-maxage=0, x", "NO-CACHE", 'private="x"', 'no-cache="x"'].map(
    (value) => [`Cache-Control: ${value}`, ok(`Cache-Control: ${value}\r\n`)] as const,
  ),
  ["a redirect that may be kept", ok("Cache-Control: public\r\n", "302 X")],
  ["Pragma: no-cache", ok("Pragma: no-cache\r\n")],
  ...["203 X", "206 X", "300 X", "301 X", "302 X", "404 X", "405 X", "410 X", "414 X", "500 X", "501 X"].map(
    (status) => [`status ${status}`, ok("", status)] as const,
  ),
];

/** What became of one request: the same on both sides, if persistence is. */
type Seen = { readonly status: number; readonly set: string[]; readonly cache: string[]; readonly cookie: string[] };

async function ask(port: number, app: string, method: string, cookies: readonly string[]): Promise<Seen> {
  for (const origin of origins) origin.forget();
  const client = await RawClient.open(port);
  const lines = cookies.map((cookie) => `Cookie: ${cookie}\r\n`).join("");
  client.send(`${method} /${app}/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n${lines}\r\n`);
  const { status, head } = await client.response();
  client.destroy();
  const served = origins.findIndex(({ requests }) => requests.length > 0);
  const valuesIn = (text: string, name: string) =>
    [...text.matchAll(new RegExp(`^${name}: *(.*?)\\r?$`, "gim"))].map(([, value = ""]) => value);
  // Whose turn it is, is not what is compared; that the cookie names who served, is. Dates are compared by where they stand.
  const named = (value: string) =>
    value
      .replace(
        /^(SRVID=)(b\d)\b/,
        (_, start: string, name: string) => start + (name === NAMES[served] ? "served" : name),
      )
      .replace(/\|[A-Za-z0-9+/]{5}/g, "|date");
  return {
    status,
    set: valuesIn(head, "Set-Cookie").map(named).sort(),
    cache: valuesIn(head, "Cache-Control").sort(),
    // Where the cookie was, HAProxy puts a space; ours is every octet of the client's.
    cookie: valuesIn(origins[served]?.requests[0]?.head ?? "", "Cookie").map((value) => value.replace(/; */g, "; ")),
  };
}

const skip = noHaproxy ?? false;

async function assertSame(app: string, method: string, cookies: readonly string[]): Promise<void> {
  const [theirs, ours] = [await ask(haproxy.port, app, method, cookies), await ask(proxy.port, app, method, cookies)];
  assert.deepEqual(ours, theirs, `${method} with ${JSON.stringify(cookies)}`);
}

for (const app of Object.keys(APPS)) {
  test(`${app}: whatever cookie a client has, both treat it the same`, { skip }, async () => {
    answer = ok();
    for (const cookies of COOKIES) for (const method of ["GET", "POST"]) await assertSame(app, method, cookies);
  });
}

for (const [name, response] of RESPONSES) {
  test(`${name}: both add the same, or nothing`, { skip }, async () => {
    answer = response;
    for (const app of ["plain", "dated", "backup"]) {
      for (const method of ["GET", "POST"]) await assertSame(app, method, ["a=b"]);
      await assertSame(app, "GET", ["SRVID=b0; a=b"]);
    }
  });
}

test("what caches keep and HAProxy 2 does not think of is private all the same (RFC 9111 3)", { skip }, async () => {
  const kept: readonly (readonly [string, string])[] = [
    ["GET", ok("", "308 X")],
    ["GET", ok("Cache-Control: max-age=60\r\n", "302 X")],
    ["POST", ok("Cache-Control: s-maxage=60\r\n")],
    ["POST", ok("Cache-Control: max-age=01\r\n")],
    ["GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"],
  ];
  for (const [method, response] of kept) {
    answer = response;
    const [theirs, ours] = [await ask(haproxy.port, "plain", method, []), await ask(proxy.port, "plain", method, [])];
    assert.deepEqual(ours, { ...theirs, cache: [...theirs.cache, "private"].sort() }, response);
  }
});

for (const app of ["dated", "idle", "plain"]) {
  test(`${app}: both believe the same dates, and write them anew at the same time`, { skip }, async () => {
    answer = ok();
    for (const last of ["", agoS(0), agoS(30), agoS(90), agoS(-3_600), agoS(-200_000), "x", "AAAA", "AAAAAA"]) {
      for (const first of ["", agoS(0), agoS(200), agoS(400), agoS(-200_000), "x"]) {
        await assertSame(app, "GET", [`SRVID=b0|${last}${first === "" ? "" : `|${first}`}`]);
      }
    }
  });
}
