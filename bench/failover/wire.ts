import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Lab } from "../../lab/lab.ts";

/** An advertisement as it crossed the switch; time is the kernel's, of the machine's wall clock, ms. */
export type WireAdvert = { readonly atMs: number; readonly source: string; readonly priority: number };

/** A third party on the switch, that belongs to neither host. */
export type Wire = {
  readonly adverts: readonly WireAdvert[];
  /** First advert from `fromMs` on that fits, seen or still to come; undefined when none comes in time. */
  readonly find: (
    fits: (advert: WireAdvert) => boolean,
    fromMs: number,
    waitMs: number,
  ) => Promise<WireAdvert | undefined>;
  readonly close: () => Promise<void>;
};

const LINE = /^(\d+\.\d+) IP .*?(\d+\.\d+\.\d+\.\d+) > \S+: VRRPv\d, Advertisement, .*prio (\d+)/;

export async function openWire(lab: Lab): Promise<Wire> {
  const [program = "", ...enter] = lab.enter("lab");
  const tcpdump = ["tcpdump", "-i", "front", "-nn", "-tt", "-l", "--immediate-mode", "ip proto 112"];
  const child = spawn(program, [...enter, ...tcpdump], { stdio: ["ignore", "pipe", "pipe"] });
  const adverts: WireAdvert[] = [];
  const waiting = new Set<(advert: WireAdvert) => void>();
  createInterface(child.stdout).on("line", (line) => {
    const [, seconds, source = "", priority] = LINE.exec(line) ?? [];
    if (seconds === undefined) return;
    const advert = { atMs: Number(seconds) * 1_000, source, priority: Number(priority) };
    adverts.push(advert);
    for (const tell of waiting) tell(advert);
  });
  const ready = new Promise<void>((resolve) => {
    createInterface(child.stderr).on("line", (line) => line.includes("listening on") && resolve());
  });
  await Promise.race([ready, once(child, "close").then(() => Promise.reject(new Error("tcpdump ended at once")))]);
  const find: Wire["find"] = (fits, fromMs, waitMs) => {
    const isIt = (advert: WireAdvert) => advert.atMs >= fromMs && fits(advert);
    const known = adverts.find(isIt);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => {
      const finish = (advert: WireAdvert | undefined) => {
        clearTimeout(timer);
        waiting.delete(check);
        resolve(advert);
      };
      const check = (advert: WireAdvert) => isIt(advert) && finish(advert);
      const timer = setTimeout(() => finish(undefined), waitMs);
      waiting.add(check);
    });
  };
  const close = async () => {
    child.kill("SIGTERM");
    await once(child, "close");
  };
  return { adverts, find, close };
}

/** The machine's wall clock with a fraction, as the kernel stamps packets. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
