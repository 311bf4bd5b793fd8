import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { placesBelow } from "../../cli/places.ts";
import { formatSimulation, simulate } from "../../cli/simulate.ts";

const document = (host: string, priority: number, weight: number) =>
  `{"vrrp":"${host}"}\n{"trackProxy":{"weight":${weight}}}\n` +
  `{"instance":"main","vrid":51,"priority":${priority},"addresses":["192.0.2.100/24"]}\n`;

test("both documents together say what every failure leads to", (t) => {
  const root = mkdtempSync(join(tmpdir(), "lbpair-simulate-"));
  t.after(() => rmSync(root, { recursive: true }));
  const places = placesBelow(root);
  mkdirSync(places.configDir, { recursive: true });
  const peerFile = join(root, "peer.jsonl");
  assert.equal(simulate(places, undefined).ok, false);

  writeFileSync(join(places.configDir, "vrrp.jsonl"), document("lb1", 101, 2));
  writeFileSync(peerFile, document("lb2", 100, 2));
  const both = simulate(places, peerFile);
  assert.ok(both.ok);
  const lines = formatSimulation(both).split("\n");
  assert.match(lines[0] ?? "", /^main {2}lb1 is Active, the host dies +within 361 ms +its advertisements end$/);
  assert.match(
    lines[2] ?? "",
    /^main {2}lb1 is Active, its proxy dies +NO FAILOVER +the priority of lb1 falls from 103 to 101; lb2 has/,
  );
  assert.equal(lines.length, 9);

  const supposed = simulate(places, undefined);
  assert.ok(supposed.ok);
  assert.match(formatSimulation(supposed), /^the other host's document is not given: .* priorities main 100\n/);

  writeFileSync(peerFile, "{}\n");
  const refused = simulate(places, peerFile);
  assert.ok(!refused.ok);
  assert.match(refused.reasons[0] ?? "", /peer\.jsonl: vrrp: got nothing/);
});
