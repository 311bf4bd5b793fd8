import { after, before, test } from "node:test";
import { Fuzz } from "../fuzz/fuzz.ts";
import { PrefaceFuzz } from "../fuzz/preface.ts";
import { pem } from "../lib/certified-client.ts";
import { RawOrigin } from "../lib/raw-origin.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

// A slice of `npm run bench -- fuzz`, always the same.

const SEED = 1;
const TURNS = 1_500;
const PREFACE_TURNS = 2_000;

let origin: RawOrigin;
let proxy: TestProxy;
before(async () => {
  origin = await RawOrigin.start();
  proxy = await TestProxy.start({ apps: [app1([origin.address], { persistence: { kind: "none" } })] });
});
after(async () => {
  await proxy.stop();
  await origin.close();
});

test("whatever is nearly a hello or a PROXY header is read as TLS and the specification read it, or not at all", async () => {
  const fuzz = await PrefaceFuzz.start(pem("a"));
  for (let turn = 0; turn < PREFACE_TURNS; turn++) await fuzz.turn(SEED, turn);
  fuzz.stop();
});

test("whatever clients and backends say that is nearly right, nobody is misled", async () => {
  const fuzz = new Fuzz(origin, () => Promise.resolve(proxy.openPair()));
  for (let turn = 0; turn < TURNS; turn++) await fuzz.turn(SEED, turn);
});
