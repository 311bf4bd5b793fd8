import { join } from "node:path";
import { groupOf } from "../config/app-files.ts";
import { hashDocument } from "../config/document.ts";
import {
  APPS_DIR,
  CERTIFICATES_DIR,
  DAEMONS,
  type DocumentRef,
  daemonOfPath,
  documentPath,
  KEYS_DIR,
  SECRETS_DIR,
  unitName,
} from "../config/paths.ts";
import { appliedAt, appliedPaths, filesBelow } from "./applied.ts";
import { changeDocument, type Host } from "./change.ts";
import { readIfThere, writeAtomically } from "./files.ts";
import { done, failed, type Outcome } from "./outcome.ts";
import type { Places } from "./places.ts";
import { currentRelease, isPointedTo, pointTo } from "./release.ts";
import { readReport } from "./report.ts";

// What a host is, beside what was applied to it. No content is told, as it may be secret: a digest shows that it is
// another than the last time somebody looked.

const DIGEST_LENGTH = 12;
const PRIVATE = { gid: process.getegid?.() ?? 0, mode: 0o600 };

/** What somebody changed by hand, a line each, in a fixed order; nothing when the host is as it was applied. */
export async function findDrift({ places, daemons }: Pick<Host, "places" | "daemons">): Promise<string[]> {
  const applied = appliedPaths(places);
  if (applied.length === 0) return [];
  const own = filesBelow(places.configDir).filter((path) => refOf(path) !== undefined);
  const documents = [...new Set([...applied, ...own])].sort().flatMap((path) => {
    const [wanted, there] = [appliedAt(places, path), readIfThere(join(places.configDir, path))];
    if (there === undefined) return [`${path} is not there any more`];
    const digest = hashDocument(there).slice(0, DIGEST_LENGTH);
    if (wanted === undefined) return [`${path} was not applied (${digest})`];
    return wanted.equals(there) ? [] : [`${path} was changed (${digest})`];
  });
  const stopped = DAEMONS.filter((daemon) => applied.includes(documentPath({ kind: daemon }))).flatMap((daemon) =>
    daemons.isRunning(daemon) ? [] : [`${unitName(daemon)} does not run`],
  );
  const release = currentRelease(places);
  const isInstalled = release !== undefined && isPointedTo(places, release);
  const running = stopped.length > 0 ? [] : await runningOthers({ places });
  return [...documents, ...running, ...stopped, ...(isInstalled ? [] : ["the release's units or links were changed"])];
}

/** What there is to tell. The same change by hand is another text the next time, as it was repaired in between. */
export function formatDrift(places: Places, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return [`changed by hand since repair ${repairsOf(places)}:`, ...lines].map((line) => `${line}\n`).join("");
}

/** Makes the host again what was applied to it. */
export async function repair(host: Host): Promise<Outcome> {
  const outcome = await putBack(host);
  const { places } = host;
  if (outcome.ok) writeAtomically(repairsFile(places), Buffer.from(`${repairsOf(places) + 1}\n`), PRIVATE);
  return outcome;
}

async function putBack(host: Host): Promise<Outcome> {
  const { places } = host;
  const release = currentRelease(places);
  if (release !== undefined && !isPointedTo(places, release)) {
    const pointed = pointTo(places, release);
    if (!pointed.ok) return pointed;
  }
  // One broken document may keep another from being judged: as long as some get well, the rest has another chance.
  let left = await documentsToRepair(host);
  for (;;) {
    const reasons: string[] = [];
    for (const ref of left) {
      const outcome = await changeDocument(host, ref, appliedAt(places, documentPath(ref)));
      if (!outcome.ok) reasons.push(...outcome.reasons);
    }
    const before = left.length;
    left = await documentsToRepair(host);
    if (left.length === 0) return done;
    if (left.length >= before) return failed(...reasons);
  }
}

async function documentsToRepair({ places, daemons }: Host): Promise<DocumentRef[]> {
  const lines = await findDrift({ places, daemons });
  const paths = [...appliedPaths(places), ...filesBelow(places.configDir)];
  const stopped = DAEMONS.filter((daemon) => lines.some((line) => line.startsWith(unitName(daemon))));
  const isHit = (path: string) =>
    lines.some((line) => line.startsWith(`${path} `)) ||
    stopped.some((daemon) => path === documentPath({ kind: daemon }));
  return [...new Set(paths)]
    .sort()
    .filter(isHit)
    .flatMap((path) => refOf(path) ?? []);
}

/** Documents of which a daemon runs another text than was applied. */
async function runningOthers({ places }: Pick<Host, "places">): Promise<string[]> {
  const report = await readReport(places);
  return appliedPaths(places).flatMap((path) => {
    const status = report[daemonOfPath(path)];
    const running = typeof status === "string" ? undefined : status.hashes[path];
    const wanted = appliedAt(places, path);
    if (running === undefined || wanted === undefined || running === hashDocument(wanted)) return [];
    return [`${path} is not what the daemon runs (${running.slice(0, DIGEST_LENGTH)})`];
  });
}

function repairsOf(places: Places): number {
  return Number(readIfThere(repairsFile(places))?.toString() ?? "0");
}

function repairsFile(places: Places): string {
  return join(places.stateDir, "repairs");
}

/** The document of a path, if it is one. */
function refOf(path: string): DocumentRef | undefined {
  const group = groupOf(path);
  if (group !== undefined) return { kind: "apps", name: group };
  const [, directory, name] = /^(?:([^/]+)\/)?([^/]+?)(?:\.jsonl|\.pem)?$/.exec(path) ?? [];
  const kinds: Readonly<Record<string, string>> = {
    [APPS_DIR]: "app",
    [CERTIFICATES_DIR]: "certificate",
    [SECRETS_DIR]: "secret",
    [KEYS_DIR]: "key",
  };
  const kind = directory === undefined ? name : kinds[directory];
  const ref = { kind, name } as DocumentRef;
  const isKnown = ["proxy", "vrrp", "app", "certificate", "secret", "key"].includes(String(kind));
  return isKnown && documentPath(ref) === path ? ref : undefined;
}
