import { join } from "node:path";
import { type AppTexts, groupOf, renderGroup, splitApps } from "../config/app-files.ts";
import { parseApp, type ServedApp } from "../config/passthrough.ts";
import { APPS_DIR, clientCertificateName, documentPath } from "../config/paths.ts";
import { filesBelow } from "./applied.ts";
import type { FileChange } from "./daemons.ts";
import { readIfThere } from "./files.ts";
import type { Places } from "./places.ts";

// Which app is in which file of this host. A file that can't be read has none: that is for the daemon to complain about.

/** Apps of this host, of those that are asked for. */
export function readApps(places: Places, names: readonly string[]): Map<string, ServedApp> {
  const texts = joined(pathsFor(places, names).map((path) => textsAt(places, path)));
  return new Map(
    names.flatMap((name) => {
      const parsed = parseApp(texts.get(name) ?? "");
      return parsed.ok ? [[name, parsed.value] as const] : [];
    }),
  );
}

/** Apps to which changes of files make a difference. */
export function appsOf(places: Places, files: readonly FileChange[]): string[] {
  const before = joined(files.map(({ path }) => textsAt(places, path)));
  const after = joined(files.map(({ path, content }) => textsIn(path, content)));
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.filter((name) => before.get(name) !== after.get(name));
}

/**
 * What a change means for other files: an app that moves from one to another leaves the old one at the same moment.
 *
 * It is a move only when the app stays where clients find it. Two apps that merely have one name are left as they are,
 * for the daemon to refuse.
 */
export function movesFrom(places: Places, { path, content }: FileChange): FileChange[] {
  const own = textsIn(path, content);
  if (own.size === 0) return [];
  const others = pathsFor(places, [...own.keys()]).filter((each) => each !== path);
  return others.flatMap((other) => {
    const texts = textsAt(places, other);
    const stay = [...texts].filter(([name, text]) => !isMoved(text, own.get(name)));
    return stay.length === texts.size ? [] : [{ path: other, content: contentOf(other, new Map(stay)) }];
  });
}

/** Whether an app of this host shows a certificate to its backends. */
export function isShown(places: Places, certificate: string): boolean {
  const app = certificate.slice(clientCertificateName("").length);
  const { backendTls } = readApps(places, [app]).get(app) ?? {};
  return clientCertificateName(app) === certificate && backendTls?.clientCertificate === true;
}

/** Files in which apps may be: their own, and every group's. */
function pathsFor(places: Places, names: readonly string[]): string[] {
  const all = filesBelow(join(places.configDir, APPS_DIR)).map((file) => `${APPS_DIR}/${file}`);
  return [
    ...names.map((name) => documentPath({ kind: "app", name })),
    ...all.filter((path) => groupOf(path) !== undefined),
  ];
}

function textsAt(places: Places, path: string): AppTexts {
  return textsIn(path, readIfThere(join(places.configDir, path)));
}

function textsIn(path: string, content: Uint8Array | undefined): AppTexts {
  if (content === undefined || !path.startsWith(`${APPS_DIR}/`)) return new Map();
  const split = splitApps(path, Buffer.from(content).toString());
  return split.ok ? split.value : new Map();
}

/** A group without apps is one; a file for one app has no reason to be there without it. */
function contentOf(path: string, texts: AppTexts): Uint8Array | undefined {
  const group = groupOf(path);
  return group === undefined ? undefined : Buffer.from(renderGroup(group, texts));
}

function isMoved(from: string, to: string | undefined): boolean {
  if (to === undefined) return false;
  const [old, now] = [parseApp(from), parseApp(to)];
  return old.ok && now.ok && placeOf(old.value) === placeOf(now.value);
}

function placeOf({ path, hostnames = [], passthrough }: ServedApp): string {
  return JSON.stringify([path, [...hostnames].sort(), passthrough !== undefined]);
}

function joined(all: readonly AppTexts[]): AppTexts {
  return new Map(all.flatMap((texts) => [...texts]));
}
