import { runProvider } from "../grpc/run-provider.ts";
import { tlsProvider } from "./provider.ts";

// The executable `pulumi-resource-tls` (lab/offline/install.ts). For tests of renewal its
// clock can be set: LBPAIR_TLS_NOW=2030-01-01T00:00:00Z, from where it goes on as usual.

const set = process.env["LBPAIR_TLS_NOW"];
const aheadMs = set === undefined ? 0 : Date.parse(set) - Date.now();
if (Number.isNaN(aheadMs))
  throw new Error(`LBPAIR_TLS_NOW: got ${JSON.stringify(set)}, want a time like 2030-01-01T00:00:00Z`);

await runProvider(
  tlsProvider(() => new Date(Date.now() + aheadMs)),
  process.argv.slice(2),
);
process.exit(0);
