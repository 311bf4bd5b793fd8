import { lstatSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DAEMONS, type DaemonName, unitName } from "../config/paths.ts";
import { systemctl } from "./daemons.ts";
import { makeDirectory, readIfThere, removeFile, writeAtomically } from "./files.ts";
import type { Outcome } from "./outcome.ts";
import type { Places } from "./places.ts";

/** Directories that anyone may read: programs and units hold no secrets. */
const PUBLIC = { gid: 0, mode: 0o755 };
const PUBLIC_FILE = { gid: 0, mode: 0o644 };

/** The release that `current` points to. */
export function currentRelease(places: Places): string | undefined {
  const target = linkTarget(places.currentRelease);
  return target === undefined ? undefined : basename(target);
}

export function isUnpacked(places: Places, release: string): boolean {
  return readIfThere(join(places.releasesDir, release, "manifest.json")) !== undefined;
}

/** Whether the installed unit of a daemon is a release's. */
export function hasUnitOf(places: Places, release: string, daemon: DaemonName): boolean {
  const installed = readIfThere(join(places.unitDir, unitName(daemon)));
  const own = readIfThere(join(places.releasesDir, release, "units", unitName(daemon)));
  return installed !== undefined && own !== undefined && installed.equals(own);
}

/** Whether a release is the one in use, with everything that belongs to that. */
export function isPointedTo(places: Places, release: string): boolean {
  return (
    currentRelease(places) === release &&
    linkTarget(places.commandLink) === commandTarget(places) &&
    DAEMONS.every((daemon) => hasUnitOf(places, release, daemon)) &&
    systemctl("is-enabled", "--quiet", ...DAEMONS.map(unitName)).ok
  );
}

/** Makes a release the one in use: its units, `current`, and lbctl on PATH. The daemons still run the old one. */
export function pointTo(places: Places, release: string): Outcome {
  for (const daemon of DAEMONS) {
    const unit = unitName(daemon);
    const text = readFileSync(join(places.releasesDir, release, "units", unit));
    writeAtomically(join(places.unitDir, unit), text, PUBLIC_FILE);
  }
  replaceLink(join("releases", release), places.currentRelease);
  makeDirectory(dirname(places.commandLink), PUBLIC);
  replaceLink(commandTarget(places), places.commandLink);
  const reloaded = systemctl("daemon-reload");
  return reloaded.ok ? systemctl("enable", "--quiet", ...DAEMONS.map(unitName)) : reloaded;
}

/** Removes releases that nobody needs: all but the given ones. */
export function pruneReleases(places: Places, keep: readonly (string | undefined)[]): void {
  for (const entry of readdirSync(places.releasesDir)) {
    if (!keep.includes(entry)) rmSync(join(places.releasesDir, entry), { recursive: true, force: true });
  }
}

/** Takes the units and links away again. */
export function removeUnits(places: Places): Outcome {
  // A unit that is not there, or not loaded, is what is wanted.
  systemctl("disable", "--quiet", ...DAEMONS.map(unitName));
  for (const daemon of DAEMONS) removeFile(join(places.unitDir, unitName(daemon)));
  systemctl("reset-failed", ...DAEMONS.map(unitName));
  if (isLink(places.commandLink)) removeFile(places.commandLink);
  return systemctl("daemon-reload");
}

function commandTarget(places: Places): string {
  return join(places.currentRelease, "bin", "lbctl");
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // none yet
  }
}

function replaceLink(target: string, path: string): void {
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  symlinkSync(target, temporary);
  renameSync(temporary, path);
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
