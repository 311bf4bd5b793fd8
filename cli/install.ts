import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { DAEMONS, GROUP } from "../config/paths.ts";
import { CONFIG_SUBDIRS, directoryAccess } from "./access.ts";
import { addAccounts, gidOfGroup, removeAccounts } from "./accounts.ts";
import { changeOver, hasDocument, isRunningEverywhere } from "./change-over.ts";
import { type Daemons, run } from "./daemons.ts";
import { makeDirectory } from "./files.ts";
import { openGate } from "./health/gate.ts";
import { done, failed, type Outcome } from "./outcome.ts";
import type { Places } from "./places.ts";
import { currentRelease, isPointedTo, isUnpacked, pruneReleases, removeUnits } from "./release.ts";

/**
 * Makes an unpacked release the one that this host runs.
 *
 * A host that already has a configuration changes over only if the new release accepts it, and goes back if the new
 * daemons do not come up, or something is lost by them that was there before.
 */
export async function installRelease(places: Places, daemons: Daemons, release: string): Promise<Outcome> {
  if (!isUnpacked(places, release)) return failed(`release ${release} is not unpacked in ${places.releasesDir}`);
  const accounts = addAccounts();
  if (!accounts.ok) return accounts;
  makeDirectories(places);
  // A rotated ssh key, too, makes `pulumi up` install what is installed.
  if (isPointedTo(places, release) && (await isRunningEverywhere(places, daemons, release))) return done;
  const accepted = checkWith(places, release);
  if (!accepted.ok) return accepted;
  const previous = currentRelease(places);
  const gate = await openGate(places, {});
  const changed = await changeOver(places, daemons, release);
  const outcome = changed.ok ? await gate.judge() : changed;
  if (outcome.ok) {
    pruneReleases(places, [release, previous]);
    return done;
  }
  if (previous !== undefined && previous !== release) await changeOver(places, daemons, previous);
  return outcome;
}

/** Leaves the host as it was before {@link installRelease}: no file, unit, user or address of ours. */
export function uninstallAll(places: Places, daemons: Daemons): Outcome {
  // The address goes first, so that the other host has it before this proxy stops.
  for (const daemon of ["vrrp", "proxy"] as const) {
    const stopped = existsSync(join(places.unitDir, `lbpair-${daemon}.service`)) ? daemons.stop(daemon) : done;
    if (!stopped.ok) return stopped;
  }
  const units = removeUnits(places);
  if (!units.ok) return units;
  const ours = [
    places.configDir,
    places.stateDir,
    places.journalDir,
    places.runDir,
    dirname(places.releasesDir),
    places.lockFile,
  ];
  for (const path of ours) rmSync(path, { recursive: true, force: true });
  return removeAccounts();
}

function makeDirectories(places: Places): void {
  for (const subdir of CONFIG_SUBDIRS)
    makeDirectory(join(places.configDir, subdir), directoryAccess(subdir, gidOfGroup));
  makeDirectory(places.stateDir, { gid: 0, mode: 0o700 });
  makeDirectory(places.runDir, { gid: gidOfGroup(GROUP), mode: 0o755 });
}

/** The new release's binaries judge the configuration that is there. */
function checkWith(places: Places, release: string): Outcome {
  for (const daemon of DAEMONS) {
    if (!hasDocument(places, daemon)) continue;
    const program = join(places.releasesDir, release, "bin", `lbpair-${daemon}`);
    const outcome = run(program, "--check", "--config-dir", places.configDir);
    if (!outcome.ok) return outcome;
  }
  return done;
}
