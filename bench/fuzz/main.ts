import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Fuzz } from "../../test/proxy/fuzz/fuzz.ts";
import { PrefaceFuzz } from "../../test/proxy/fuzz/preface.ts";
import { RawClient } from "../../test/proxy/lib/raw-client.ts";
import { RawOrigin } from "../../test/proxy/lib/raw-origin.ts";
import { issueCertificate } from "../proxy/certificate.ts";
import { peersNamed } from "../proxy/peers.ts";
import { RunningPeer } from "../proxy/running-peer.ts";
import { startReader } from "./behind.ts";

const USAGE =
  "usage: bench fuzz [--minutes 5] [--seed N] [--turn N] [--peer lbpair|lbpair-node] [--behind nginx|haproxy]";
const WRONG_USE = 2;
const PORT = 18_800;
const TELL_MS = 30_000;
const MEBIBYTE = 1_048_576;

/** `bench fuzz`: clients, backends, hellos and headers that are nearly right, for minutes; nobody may be misled (test/proxy/fuzz). */
export async function benchFuzz(words: readonly string[]): Promise<number> {
  const options = readOptions(words);
  if (options === undefined) return WRONG_USE;
  const dir = mkdtempSync(join(tmpdir(), "lbpair-fuzz-"));
  const origin = await RawOrigin.start();
  let proxy: RunningPeer | undefined;
  let preface: PrefaceFuzz | undefined;
  let reader: Awaited<ReturnType<typeof startReader>>;
  try {
    if (options.behind !== undefined) reader = await startReader(options.behind, dir, origin.address);
    if (options.behind !== undefined && reader === undefined) return WRONG_USE;
    const backends = [{ name: "b0", address: (reader ?? origin).address }];
    const apps = [{ name: "app1", prefix: "/app1/", cookieName: "SRVID_app1", backends }];
    const pemPath = await issueCertificate(dir);
    const [peer] = peersNamed([options.peer]);
    if (peer === undefined) return WRONG_USE;
    proxy = await RunningPeer.start(peer, {
      dir,
      port: PORT,
      isTls: false,
      isLogged: false,
      workers: 1,
      apps,
      pemPath,
    });
    const fuzz = new Fuzz(origin, () => RawClient.open(PORT), reader === undefined ? "both" : "clients");
    preface = await PrefaceFuzz.start(readFileSync(pemPath, "utf8"));
    return await run([fuzz, preface], proxy, options);
  } finally {
    preface?.stop();
    await proxy?.stop();
    await reader?.stop();
    await origin.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

type Options = NonNullable<ReturnType<typeof readOptions>>;

async function run(
  fuzzes: readonly Pick<Fuzz, "turn">[],
  proxy: RunningPeer,
  { seed, turn, minutes }: Options,
): Promise<number> {
  if (turn !== undefined) {
    for (const fuzz of fuzzes) await fuzz.turn(seed, turn);
    console.log(`turn ${turn} of seed ${seed}: nobody was misled`);
    return 0;
  }
  const endMs = performance.now() + minutes * 60_000;
  let tellMs = performance.now() + TELL_MS;
  let turns = 0;
  for (; performance.now() < endMs; turns++) {
    for (const fuzz of fuzzes) await fuzz.turn(seed, turns);
    if (performance.now() < tellMs) continue;
    tellMs += TELL_MS;
    console.error(`${turns} turns, ${(proxy.memoryBytes() / MEBIBYTE).toFixed(0)} MiB`);
  }
  console.log(`${turns} turns of seed ${seed}: nobody was misled`);
  return 0;
}

function readOptions(words: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        minutes: { type: "string", default: "5" },
        seed: { type: "string", default: String(Date.now() % 1_000_000) },
        turn: { type: "string" },
        peer: { type: "string", default: "lbpair" },
        behind: { type: "string" },
      },
    });
    const { minutes, seed, peer, behind } = values;
    const turn = values.turn === undefined ? undefined : Number(values.turn);
    return { minutes: Number(minutes), seed: Number(seed), turn, peer, behind };
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return undefined;
  }
}
