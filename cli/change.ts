import { join, relative } from "node:path";
import { hashDocument } from "../config/document.ts";
import { type DocumentRef, daemonOf, daemonOfPath, documentPath } from "../config/paths.ts";
import { documentAccess, type GroupLookup } from "./access.ts";
import { rememberApplied } from "./applied.ts";
import type { Daemons, FileChange } from "./daemons.ts";
import { readIfThere, removeFile, writeAtomically } from "./files.ts";
import { type GateOptions, openGate } from "./health/gate.ts";
import { done, failed, type Outcome } from "./outcome.ts";
import type { Places } from "./places.ts";
import { checkChange, mainDocument } from "./stage.ts";
import { forgetFile, rememberFile, restoreFile } from "./undo.ts";

/** The host as an operation sees it. */
export type Host = { readonly places: Places; readonly daemons: Daemons; readonly gidOf: GroupLookup };

/** How long a proxy may take until all its listeners accept. */
const SERVING_WAIT_MS = 10_000;
const SERVING_POLL_MS = 100;

type Change = FileChange & { readonly kind: DocumentRef["kind"] };

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
  const outcome = await bringInForce(host, ref, content);
  if (outcome.ok) rememberApplied(host.places, documentPath(ref), content);
  return outcome;
}

async function bringInForce(host: Host, ref: DocumentRef, content: Uint8Array | undefined): Promise<Outcome> {
  const { places, daemons } = host;
  const change: Change = { kind: ref.kind, daemon: daemonOf(ref), path: documentPath(ref), content };
  if (await isInForce(host, change)) return done;
  if (content === undefined && change.path === mainDocument(change.daemon)) return retire(host, change);
  const isRunnable = hasMainDocument(places, change);
  if (!isRunnable && ref.kind === "app") return failed(`${mainDocument("proxy")} is not there: apply the proxy first`);
  const verdict = isRunnable ? await checkChange(places, daemons, change) : done;
  if (!verdict.ok) return verdict;
  return isRunnable ? swapGated(host, change, gateOptions(host, ref)) : swap(host, change, async () => done);
}

/** Has the change in force, and takes it back when something is lost by it that was there before. */
async function swapGated(host: Host, change: Change, options: GateOptions): Promise<Outcome> {
  const gate = await openGate(host.places, options);
  return swap(host, change, async () => {
    const outcome = await activate(host, change);
    return outcome.ok ? gate.judge() : outcome;
  });
}

function gateOptions({ places }: Host, ref: DocumentRef): GateOptions {
  if (ref.kind === "app") return { app: ref.name };
  return { isFirst: ref.kind === "vrrp" && readIfThere(join(places.configDir, documentPath(ref))) === undefined };
}

async function swap(host: Host, change: Change, enforce: () => Promise<Outcome>): Promise<Outcome> {
  const file = join(host.places.configDir, change.path);
  rememberFile(host.places, file);
  if (change.content === undefined) removeFile(file);
  else writeAtomically(file, change.content, documentAccess(change.path, host.gidOf));
  const outcome = await enforce();
  if (outcome.ok) forgetFile(host.places);
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
  const wanted = change.content === undefined ? undefined : hashDocument(change.content);
  const deadline = performance.now() + SERVING_WAIT_MS;
  for (;;) {
    const { hashes, trouble } = await daemons.status(change.daemon);
    const running = hashes[change.path];
    if (running !== wanted)
      return failed(`${change.path}: the daemon runs ${running ?? "nothing"}, want ${wanted ?? "nothing"}`);
    // Only the proxy's own document decides whether it can serve: an app is not to blame for a taken port.
    if (trouble === undefined || change.kind !== "proxy") return done;
    if (performance.now() >= deadline) return failed(`${change.path}: the proxy does not serve: ${trouble}`);
    await new Promise((resolve) => setTimeout(resolve, SERVING_POLL_MS));
  }
}

/** Without its main document a daemon has nothing to do: it is stopped, in its own orderly way. */
function retire({ places, daemons }: Host, change: Change): Outcome {
  const stopped = daemons.stop(change.daemon);
  if (!stopped.ok) return stopped;
  removeFile(join(places.configDir, change.path));
  return done;
}

/** Puts back what a killed or failed operation had changed, and has the daemon load it. */
async function undoInterrupted(host: Host): Promise<void> {
  const { places, daemons } = host;
  const file = restoreFile(places, (path) => documentAccess(relative(places.configDir, path), host.gidOf));
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
  const there = readIfThere(join(places.configDir, change.path));
  if (change.content === undefined) {
    if (there !== undefined) return false;
  } else if (there === undefined || !there.equals(change.content)) return false;
  if (!hasMainDocument(places, change)) return true;
  if (!daemons.isRunning(change.daemon)) return false;
  try {
    const { hashes, trouble } = await daemons.status(change.daemon);
    const wanted = change.content === undefined ? undefined : hashDocument(change.content);
    return hashes[change.path] === wanted && (trouble === undefined || change.kind !== "proxy");
  } catch {
    return false; // it does not answer: go the whole way
  }
}

function hasMainDocument(places: Places, change: Change): boolean {
  const main = mainDocument(change.daemon);
  if (change.path === main) return change.content !== undefined;
  return readIfThere(join(places.configDir, main)) !== undefined;
}
