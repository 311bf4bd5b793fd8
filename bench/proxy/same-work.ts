import { request } from "node:http";
import { request as requestTls } from "node:https";
import type { Row } from "./rows.ts";
import type { RunningPeer } from "./running-peer.ts";

/**
 * Asks once and looks at the answer: a peer that leaves out part of the work would win.
 *
 * @throws when prefix, persistence or cookie path are not treated as the row has it
 */
export async function proveSameWork({ peer, assignment }: RunningPeer, row: Row): Promise<void> {
  if (row.backends === "sink") return; // its replies have nothing to rewrite
  const unbound = await ask(assignment.port, assignment.isTls, "theme=dark");
  const cookies = unbound.cookies.join("\n");
  const problems = [
    ...(unbound.status === 200 && unbound.length === 512 ? [] : [`${unbound.status}, ${unbound.length} octets`]),
    ...(/^id=\w+; *path=\/app1\/?(?:;|$)/im.test(cookies) ? [] : [`Path not rewritten in ${JSON.stringify(cookies)}`]),
    ...(/^SRVID_app1=b\d/m.test(cookies) || peer.name === "nginx" ? [] : [`no SRVID in ${JSON.stringify(cookies)}`]),
  ];
  const bound = await ask(assignment.port, assignment.isTls, "theme=dark; SRVID_app1=b1");
  if (bound.cookies.some((cookie) => cookie.startsWith("SRVID"))) problems.push("a bound client is bound again");
  if (problems.length > 0) throw new Error(`${peer.name}: does other work: ${problems.join("; ")}`);
}

type Answer = { readonly status: number; readonly length: number; readonly cookies: readonly string[] };

function ask(port: number, isTls: boolean, cookie: string): Promise<Answer> {
  const options = {
    host: "127.0.0.1",
    port,
    path: "/app1/small",
    headers: { Host: "example.com", Cookie: cookie },
    agent: false,
  } as const;
  return new Promise((resolve, reject) => {
    const sent = (isTls ? requestTls : request)({ ...options, rejectUnauthorized: false }, (response) => {
      let length = 0;
      response.on("data", (bytes: Buffer) => {
        length += bytes.length;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, length, cookies: response.headers["set-cookie"] ?? [] }),
      );
    });
    sent.on("error", reject);
    sent.end();
  });
}
