import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { bunPath, nodeForDaemonsPath } from "../../../bootstrap/places.mjs";
import { appDocument } from "../../../config/app.ts";
import { renderDocument } from "../../../config/document.ts";
import { documentPath } from "../../../config/paths.ts";
import { proxyDocument } from "../../../config/proxy.ts";
import type { Assignment, BenchApp, Peer } from "../assignment.ts";

const MAIN = join(import.meta.dirname, "../../../proxy/main.ts");

/** Our daemon on the runtime that a release carries. */
export const lbpair: Peer = { name: "lbpair", failuresMax: 0, prepare: (assignment) => prepare(assignment, bunPath) };

/** The same on Node. */
export const lbpairOnNode: Peer = {
  name: "lbpair-node",
  failuresMax: 0,
  prepare: (assignment) => prepare(assignment, nodeForDaemonsPath),
};

function prepare(assignment: Assignment, runtime: string): string[][] {
  const configDir = join(assignment.dir, "etc");
  const runDir = join(assignment.dir, "run");
  mkdirSync(runDir, { recursive: true });
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(configDir, path)), { recursive: true });
    writeFileSync(join(configDir, path), text);
  };
  write(documentPath({ kind: "proxy" }), proxyOf(assignment));
  write(documentPath({ kind: "certificate", name: "bench" }), readFileSync(assignment.pemPath, "utf8"));
  for (const app of assignment.apps) write(documentPath({ kind: "app", name: app.name }), appOf(app));
  return [[runtime, MAIN, "--config-dir", configDir, "--run-dir", runDir]];
}

function proxyOf({ port, isTls, isLogged, workers }: Assignment): string {
  return renderDocument(proxyDocument, {
    proxy: "bench",
    workers,
    limits: { connectionsMax: 15_000 },
    log: { access: isLogged ? "json" : "off" },
    listeners: { web: { kind: isTls ? "https" : "http", address: "127.0.0.1", port } },
    certificates: { bench: { hostnames: ["example.com"] } },
  });
}

function appOf({ name, prefix, backends }: BenchApp): string {
  return renderDocument(appDocument, {
    app: name,
    path: prefix,
    // The other peers do not check either: what is measured is the requests.
    check: { kind: "none" },
    backends: Object.fromEntries(backends.map((backend) => [backend.name, { address: backend.address }])),
  });
}
