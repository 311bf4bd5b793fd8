import { availableParallelism } from "node:os";
import { HOSTNAME } from "./article.ts";
import { type Chapter, expect, type Stage } from "./chapters.ts";

const APPS = ["app1", "app2", "app3"];
/** A balancer's workers, one per processor, each take the three backends in turn: so many that all are met. */
const ROUNDS = 3 * Math.max(3, availableParallelism());

export const reached: Chapter = {
  title: "every app through the virtual address, its certificate checked against the stack's own authority",
  tell: async ({ browser }) => {
    const lines = [];
    for (const app of APPS) {
      const { status } = await browser.get(`https://${HOSTNAME}/${app}/`);
      expect(status === 200, `https://${HOSTNAME}/${app}/ answers 200`, status);
      lines.push(`https://${HOSTNAME}/${app}/  ${status}`);
    }
    return lines;
  },
};

export const spread: Chapter = {
  title: "requests spread over the backends; with the cookie they stay",
  tell: async (stage) => {
    const lines = [];
    for (const app of APPS) {
      const fresh = await visits(stage, app, []);
      expect(Object.keys(fresh).length === 3, `${app}: new clients reach 3 backends`, fresh);
      const cookie = await bindTo(stage, app);
      const bound = await visits(stage, app, [`Cookie: ${cookie}`]);
      expect(Object.keys(bound).length === 1, `${app}: a bound client reaches 1 backend`, bound);
      lines.push(`${app}  new clients: ${describe(fresh)}   Cookie: ${cookie}: ${describe(bound)}`);
    }
    return lines;
  },
};

export const redirected: Chapter = {
  title: "http:// and /app1 are redirected",
  tell: async ({ browser }) => {
    const wanted = [
      [`http://${HOSTNAME}/app1/x?y=1`, `https://${HOSTNAME}/app1/x?y=1`],
      [`https://${HOSTNAME}/app1?y=1`, "/app1/?y=1"],
    ] as const;
    const lines = [];
    for (const [url, target] of wanted) {
      const reply = await browser.get(url);
      const location = reply.field("location");
      expect(reply.status === 308 && location !== undefined && location.endsWith(target), `${url} leads to ${target}`, [
        reply.status,
        location,
      ]);
      lines.push(`${url}  ${reply.status} → ${location}`);
    }
    return lines;
  },
};

export const rewritten: Chapter = {
  title: "the app's prefix is put back into Location and the cookie's path",
  tell: async ({ browser }) => {
    const docs = await browser.get(`https://${HOSTNAME}/app1/docs`);
    const location = docs.field("location");
    expect(location === `https://${HOSTNAME}/app1/docs/`, "Apache's own redirect stays inside the app", location);
    const cookie = await browser.get(`https://${HOSTNAME}/app3/cookie`);
    const session = cookie.fields.filter(([name]) => name === "set-cookie").map(([, value]) => value);
    expect(
      session.includes("session=s1; Path=/app3/; HttpOnly"),
      "the app's cookie belongs to the app's path",
      session,
    );
    return [
      `app1: the backend said Location: http://${HOSTNAME}/docs/, the client got ${location}`,
      `app3: the backend said Set-Cookie: session=s1; Path=/; HttpOnly, the client got ${session[0]}`,
    ];
  },
};

export const logged: Chapter = {
  title: "a backend's access log has the client's address and no health check",
  tell: async ({ lab, browser }) => {
    const lines = [];
    for (const [host, app, path] of [
      ["web1", "app1", "/var/log/apache2/access.log"],
      ["web4", "app2", "/var/log/nginx/access.log"],
    ] as const) {
      const mark = `/whoami.txt?demo=${Date.now()}`;
      for (let round = 0; round < ROUNDS; round++) await browser.get(`https://${HOSTNAME}/${app}${mark}`);
      const log = (await lab.sh(host, `cat ${path}`)).trim().split("\n");
      const line = log.findLast((entry) => entry.includes(mark)) ?? "";
      expect(line.startsWith("203.0.113.100 "), `${host}: the log names the client`, line);
      const since = log.filter((entry) => entry.includes("HAProxy"));
      expect(since.length === 0, `${host}: no health check in the log`, since.at(-1));
      lines.push(`${host}  ${line}`);
    }
    return lines;
  },
};

export const observed: Chapter = {
  title: "the stats page asks for its password",
  tell: async ({ browser }) => {
    const url = `http://${HOSTNAME}:8000/stats;csv`;
    const refused = await browser.get(url);
    expect(refused.status === 401, "without the password: 401", refused.status);
    const admin = Buffer.from("admin:correct horse").toString("base64");
    const csv = await browser.get(url, [`Authorization: Basic ${admin}`]);
    expect(
      csv.status === 200 && csv.body.startsWith("# pxname,svname,"),
      "with it: HAProxy's CSV",
      csv.body.slice(0, 40),
    );
    const up = csv.body.split("\n").filter((row) => /^app\d,web\d,/.test(row) && row.includes(",UP,"));
    expect(up.length === 9, "9 backends are up", up.length);
    return [`${url}  ${refused.status} without password; with it ${up.length} backends UP`];
  },
};

/** How often each backend answered new connections with these fields. */
async function visits({ browser }: Stage, app: string, fields: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round++) {
    const reply = await browser.get(`https://${HOSTNAME}/${app}/${app === "app3" ? "" : "whoami.txt"}`, fields);
    const name = reply.field("x-app") ?? reply.body.trim();
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** The persistence cookie that a first request is given. */
async function bindTo({ browser }: Stage, app: string): Promise<string> {
  const reply = await browser.get(`https://${HOSTNAME}/${app}/`);
  const cookies = reply.fields.filter(([name, value]) => name === "set-cookie" && value.startsWith("SRVID"));
  const cookie = cookies[0]?.[1].split(";")[0];
  if (cookie === undefined)
    throw new Error(`${app}: a first reply sets the persistence cookie: got ${JSON.stringify(reply.fields)}`);
  return cookie;
}

function describe(counts: Record<string, number>): string {
  return Object.entries(counts)
    .sort()
    .map(([name, count]) => `${name} ${count}×`)
    .join(", ");
}
