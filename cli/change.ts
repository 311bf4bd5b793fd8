import { join, relative } from "node:path";
import { hashDocument } from "../config/document.ts";
import { type DaemonName, type DocumentRef, daemonOf, daemonOfPath, documentPath } from "../config/paths.ts";
import { documentAccess, type GroupLookup } from "./access.ts";
import { appsOf, isShown, movesFrom } from "./app-files.ts";
import { rememberApplied } from "./applied.ts";
import type { Daemons, FileChange } from "./daemons.ts";
import { readIfThere, removeFile, writeAtomically } from "./files.ts";
import { type GateOptions, openGate } from "./health/gate.ts";
import { done, failed, type Outcome } from "./outcome.ts";
import type { Places } from "./places.ts";
import { checkChange, mainDocument } from "./stage.ts";
import { forgetFiles, rememberFiles, restoreFiles } from "./undo.ts";

/** The host as an operation sees it. */
export type Host = { readonly places: Places; readonly daemons: Daemons; readonly gidOf: GroupLookup };

/** How long a proxy may take until all its listeners accept. */
const SERVING_WAIT_MS = 10_000;
const SERVING_POLL_MS = 100;

type Change = {
  readonly kind: DocumentRef["kind"];
  readonly daemon: DaemonName;
  /** The document's own, then those from which apps move to it. */
  readonly files: readonly [FileChange, ...FileChange[]];
};

/**
 * Makes one document what it should be, and has it in force: checked by the host's own binary, swapped in one
 * step, loaded by the daemon, which reports its hash. Otherwise everything is as it was, and the reasons say why.
 *
 * Comes back at once when nothing is to do. What an earlier, killed operation left half-way is undone first.
 *
 * @param content  undefined: the document is to be gone
 */
export async function changeDocument(host: Host, ref: DocumentRef, content: Uint8Array | undefined): Promise<Outcome> {
  await undoInterrupted(host);
  // An app that has moved to another file has taken its certificate along.
  if (ref.kind === "certificate" && content === undefined && isShown(host.places, ref.name)) return done;
  const change = changeOf(host.places, ref, content);
  const outcome = await bringInForce(host, ref, change);
  if (outcome.ok) for (const file of change.files) rememberApplied(host.places, file.path, file.content);
  return outcome;
}

function changeOf(places: Places, ref: DocumentRef, content: Uint8Array | undefined): Change {
  const own = { path: documentPath(ref), content };
  return { kind: ref.kind, daemon: daemonOf(ref), files: [own, ...movesFrom(places, own)] };
}

async function bringInForce(host: Host, ref: DocumentRef, change: Change): Promise<Outcome> {
  const { places, daemons } = host;
  const [{ path, content }] = change.files;
  if (await isInForce(host, change)) return done;
  if (content === undefined && path === mainDocument(change.daemon)) return retire(host, change);
  const isRunnable = hasMainDocument(places, change);
  if (!isRunnable && isOfApps(ref)) return failed(`${mainDocument("proxy")} is not there: apply the proxy first`);
  const verdict = isRunnable ? await checkChange(places, daemons, change.daemon, change.files) : done;
  if (!verdict.ok) return verdict;
  return isRunnable ? swapGated(host, change, gateOptions(host, ref, change)) : swap(host, change, async () => done);
}

function isOfApps({ kind }: DocumentRef): boolean {
  return kind === "app" || kind === "apps";
}

/** Has the change in force, and takes it back when something is lost by it that was there before. */
async function swapGated(host: Host, change: Change, options: GateOptions): Promise<Outcome> {
  const gate = await openGate(host.places, options);
  return swap(host, change, async () => {
    const outcome = await activate(host, change);
    return outcome.ok ? gate.judge() : outcome;
  });
}

function gateOptions({ places }: Host, ref: DocumentRef, { files }: Change): GateOptions {
  if (isOfApps(ref)) return { apps: appsOf(places, files) };
  return { isFirst: ref.kind === "vrrp" && readIfThere(join(places.configDir, documentPath(ref))) === undefined };
}

async function swap(host: Host, change: Change, enforce: () => Promise<Outcome>): Promise<Outcome> {
  const fileOf = ({ path }: FileChange) => join(host.places.configDir, path);
  rememberFiles(host.places, change.files.map(fileOf));
  // What an app moves from goes first: a daemon that happens to start now finds it in one place at most.
  for (const file of change.files.toReversed()) {
    if (file.content === undefined) removeFile(fileOf(file));
    else writeAtomically(fileOf(file), file.content, documentAccess(file.path, host.gidOf));
  }
  const outcome = await enforce();
  if (outcome.ok) forgetFiles(host.places);
  else await undoInterrupted(host);
  return outcome;
}

/** Has the daemon load the files and waits until it runs them. */
async function activate(host: Host, change: Change): Promise<Outcome> {
  const { daemons } = host;
  if (!daemons.isRunning(change.daemon)) {
    const started = daemons.start(change.daemon);
    if (!started.ok) return started;
  }
  try {
    // Also after a start: systemd may have started it between our write and our question.
    const { isOk, problems } = await daemons.reload(change.daemon);
    if (!isOk) return failed(...problems);
    return await judge(host, change);
  } catch (error) {
    return failed((error as Error).message);
  }
}

async function judge({ daemons }: Host, change: Change): Promise<Outcome> {
  const deadline = performance.now() + SERVING_WAIT_MS;
  for (;;) {
    const { hashes, trouble } = await daemons.status(change.daemon);
    const other = change.files.find((file) => hashes[file.path] !== hashOf(file));
    if (other !== undefined) {
      const [running, wanted] = [hashes[other.path], hashOf(other)];
      return failed(`${other.path}: the daemon runs ${running ?? "nothing"}, want ${wanted ?? "nothing"}`);
    }
    // Only the proxy's own document decides whether it can serve: an app is not to blame for a taken port.
    if (trouble === undefined || change.kind !== "proxy") return done;
    if (performance.now() >= deadline) return failed(`${change.files[0].path}: the proxy does not serve: ${trouble}`);
    await new Promise((resolve) => setTimeout(resolve, SERVING_POLL_MS));
  }
}

function hashOf({ content }: FileChange): string | undefined {
  return content === undefined ? undefined : hashDocument(content);
}

/** Without its main document a daemon has nothing to do: it is stopped, in its own orderly way. */
function retire({ places, daemons }: Host, change: Change): Outcome {
  const stopped = daemons.stop(change.daemon);
  if (!stopped.ok) return stopped;
  removeFile(join(places.configDir, mainDocument(change.daemon)));
  return done;
}

/** Puts back what a killed or failed operation had changed, and has the daemon load it. */
async function undoInterrupted(host: Host): Promise<void> {
  const { places, daemons } = host;
  const [file] = restoreFiles(places, (path) => documentAccess(relative(places.configDir, path), host.gidOf));
  if (file === undefined) return;
  const daemon = daemonOfPath(relative(places.configDir, file));
  if (readIfThere(join(places.configDir, mainDocument(daemon))) === undefined) {
    daemons.stop(daemon);
    return;
  }
  if (!daemons.isRunning(daemon)) return;
  // Best effort: the operation's own outcome is what is reported.
  await daemons.reload(daemon).catch(() => undefined);
}

async function isInForce({ places, daemons }: Host, change: Change): Promise<boolean> {
  const isThere = change.files.every(({ path, content }) => {
    const there = readIfThere(join(places.configDir, path));
    return content === undefined ? there === undefined : there?.equals(content) === true;
  });
  if (!isThere) return false;
  if (!hasMainDocument(places, change)) return true;
  if (!daemons.isRunning(change.daemon)) return false;
  try {
    const { hashes, trouble } = await daemons.status(change.daemon);
    const isRun = change.files.every((file) => hashes[file.path] === hashOf(file));
    return isRun && (trouble === undefined || change.kind !== "proxy");
  } catch {
    return false; // it does not answer: go the whole way
  }
}

function hasMainDocument(places: Places, { daemon, files: [own] }: Change): boolean {
  const main = mainDocument(daemon);
  if (own.path === main) return own.content !== undefined;
  return readIfThere(join(places.configDir, main)) !== undefined;
}
