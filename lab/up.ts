import { writeFile } from "node:fs/promises";
import { withLock } from "../bootstrap/lock.mjs";
import type { Report } from "../bootstrap/report.mjs";
import { makeDisk } from "./host/disk.ts";
import { makeKey } from "./host/keys.ts";
import { powerOn } from "./host/power.ts";
import { waitReady } from "./host/ready.ts";
import { ensureImage } from "./image/build.ts";
import { borrowMachine } from "./machine.ts";
import { mountTmpfs } from "./mounts.ts";
import { openNetwork } from "./net/switches.ts";
import { DEFAULT_LAB, type LabPlaces, placesOf } from "./places.ts";
import { type Lab, openLab } from "./running-lab.ts";
import { type LabState, readState, writeState } from "./state.ts";
import { hasRemains, sweepLab } from "./sweep.ts";
import { HOSTS } from "./topology.ts";

export type UpOptions = {
  /** Lower-case letters and digits; several labs live side by side. Default `lbpair`. */
  readonly name?: string;
  /** Where the image is kept. */
  readonly cacheDir: string;
  readonly report: Report;
  /** Ends an unfinished `up`; what it began is cleared away before the promise rejects. */
  readonly signal?: AbortSignal;
};

/** Brings a lab up and returns it when every host is ready; a lab that is up already is returned as it is. */
export async function upLab(options: UpOptions): Promise<Lab> {
  const places = placesOf(options.name ?? DEFAULT_LAB);
  await withLock(`lab ${places.name}`, async () => {
    if ((await readState(places)) !== undefined) return;
    if (await hasRemains(places)) {
      await options.report.step(
        `lab ${places.name}: clearing away an unfinished one`,
        async () => void (await sweepLab(places)),
      );
    }
    const image = await ensureLabImage(options.cacheDir, options.report);
    await options.report.step(`lab ${places.name}: ${HOSTS.length} hosts up`, () => build(places, image, options));
  });
  const lab = await openLab(places.name);
  if (lab === undefined) throw new Error(`lab ${places.name}: gone as soon as it was up`);
  return lab;
}

/** Makes the hosts' image unless it is there. Returns its folder. */
export function ensureLabImage(cacheDir: string, report: Report): Promise<string> {
  const tellWaiting = () => console.error("lab image: waiting for another command that makes it");
  return withLock("lab image", () => ensureImage(cacheDir, report), tellWaiting);
}

async function build(places: LabPlaces, image: string, { signal }: UpOptions): Promise<undefined> {
  try {
    await borrowMachine(places);
    await mountTmpfs(places.dir);
    await openNetwork(places);
    signal?.throwIfAborted();
    const state = await makeHosts(places, image);
    signal?.throwIfAborted();
    await waitReady(places, HOSTS, state, signal);
    await writeKnownHosts(places, state);
    await writeState(places, state);
  } catch (error) {
    await sweepLab(places);
    throw error;
  }
}

async function makeHosts(places: LabPlaces, image: string): Promise<LabState> {
  const client = await makeKey(places.keyFile);
  const made = HOSTS.map(async (host) => {
    const key = await makeKey(`${places.hostDir(host.name)}/ssh_host_ed25519_key`);
    await makeDisk(places, image, host, { host: key, client });
    await powerOn(places, host);
    return [host.name, key.publicKey] as const;
  });
  // All of them have come to rest before a failure of one is told: nobody builds while `build` sweeps.
  await Promise.allSettled(made);
  return { startedAt: new Date().toISOString(), hostKeys: Object.fromEntries(await Promise.all(made)) };
}

async function writeKnownHosts(places: LabPlaces, state: LabState): Promise<void> {
  const lines = HOSTS.flatMap(({ name, ports }) =>
    ports.flatMap((port) => [port.address, port.address6].map((address) => `${address} ${state.hostKeys[name]}\n`)),
  );
  await writeFile(places.knownHostsFile, lines.join(""));
}
