import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DAEMONS, type DaemonName } from "../config/paths.ts";
import { LINGER_MS_MAX } from "../config/vrrp.ts";
import type { Daemons } from "./daemons.ts";
import { done, type Outcome } from "./outcome.ts";
import type { Places } from "./places.ts";
import { hasUnitOf, pointTo } from "./release.ts";
import { type HostReport, readReport } from "./report.ts";
import { mainDocument } from "./stage.ts";
import { handOver } from "./switchover.ts";

// From one release to another while clients are served. The new proxy takes the sockets over from the old one, so no
// connection is refused or cut. The VRRP daemon has to be started anew; whatever it is Active for is handed over to the
// other host before, as planned.

/** Longer than addresses linger after a planned switchover, whatever the configuration says. */
const LINGER_WAIT_MS_MAX = LINGER_MS_MAX + 10_000;
const LINGER_POLL_MS = 100;

/** Has every daemon that has a document run a release. */
export async function changeOver(places: Places, daemons: Daemons, release: string): Promise<Outcome> {
  const report = await readReport(places);
  const stale = DAEMONS.filter((daemon) => daemons.isRunning(daemon) && releaseOf(report, daemon) !== release);
  // What a unit grants is granted at a start only.
  const isReplaceable = stale.includes("proxy") && hasUnitOf(places, release, "proxy");
  const pointed = pointTo(places, release);
  if (!pointed.ok) return pointed;
  const isReplaced = isReplaceable && (await isProxyReplaced(daemons));
  const stopped = await stopInOrder(
    places,
    daemons,
    stale.filter((daemon) => daemon !== "proxy" || !isReplaced),
  );
  return stopped.ok ? startAll(places, daemons) : stopped;
}

/** Whether a release is not only installed: its daemons run. */
export async function isRunningEverywhere(places: Places, daemons: Daemons, release: string): Promise<boolean> {
  const wanted = DAEMONS.filter((daemon) => hasDocument(places, daemon));
  if (!wanted.every((daemon) => daemons.isRunning(daemon))) return false;
  const report = wanted.length === 0 ? undefined : await readReport(places);
  return report === undefined || wanted.every((daemon) => releaseOf(report, daemon) === release);
}

/** Whether a daemon has something to do on this host. */
export function hasDocument(places: Places, daemon: DaemonName): boolean {
  return existsSync(join(places.configDir, mainDocument(daemon)));
}

async function isProxyReplaced(daemons: Daemons): Promise<boolean> {
  // One that does not know how, an older release, is stopped and started.
  return daemons.replace("proxy").then(
    ({ isOk }) => isOk,
    () => false,
  );
}

/**
 * The other host has the addresses before anything ends here. Where it took them over as planned, exchanges under way
 * go on here for a while, and the VRRP daemon looks after them until the end; otherwise it ends first, which has the
 * other host take over at once.
 */
async function stopInOrder(places: Places, daemons: Daemons, stale: readonly DaemonName[]): Promise<Outcome> {
  const isHandedOver = stale.includes("vrrp") && (await handOver(places));
  if (isHandedOver && !stale.includes("proxy")) await lingerEnd(places);
  for (const daemon of isHandedOver ? stale : stale.toReversed()) {
    const stopped = daemons.stop(daemon);
    if (!stopped.ok) return stopped;
  }
  return done;
}

/** Waits until no exchange needs the virtual addresses here any more. */
async function lingerEnd(places: Places): Promise<void> {
  const { vrrp } = await readReport(places);
  if (typeof vrrp === "string") return;
  const virtual = Object.values(vrrp.instances).flatMap(({ addresses }) => addresses.map((cidr) => cidr.split("/")[0]));
  const endMs = performance.now() + LINGER_WAIT_MS_MAX;
  while (performance.now() < endMs) {
    const own = Object.values(networkInterfaces()).flatMap((each) => each?.map(({ address }) => address) ?? []);
    if (!virtual.some((address) => address !== undefined && own.includes(address))) return;
    await delay(LINGER_POLL_MS);
  }
}

function startAll(places: Places, daemons: Daemons): Outcome {
  for (const daemon of DAEMONS.filter((name) => hasDocument(places, name))) {
    const started = daemons.start(daemon);
    if (!started.ok) return started;
  }
  return done;
}

function releaseOf(report: HostReport, daemon: DaemonName): string | undefined {
  const status = report[daemon];
  return typeof status === "string" ? undefined : status.release;
}
