import * as z from "zod";
import { renderGroup } from "../../config/app-files.ts";
import { parseValue } from "../../config/document.ts";
import type { Problem } from "../../config/problems.ts";
import { overlappingApps } from "../../config/relations.ts";
import { name } from "../../config/values.ts";
import { type AppValues, proxiedAppWarnings, renderApp } from "./app.ts";
import { handleSchema } from "./handle.ts";

// Args of a ProxiedApps as values: apps without their names, which are the keys. Each app is judged as one that stands
// alone; what is wrong with it stands below `apps.<its name>`.

const MEMBERS = { group: name, apps: z.record(name, z.unknown()) };
const groupSchema = z.strictObject({ ...MEMBERS, loadBalancer: handleSchema });

/** An app's args without its name and its pair. */
export type GroupedAppValues = Omit<AppValues, "app">;

/** A group's args without the pair. */
export type GroupValues = { readonly group: string; readonly apps: Readonly<Record<string, GroupedAppValues>> };

/** What is wrong with one app, its paths below the app; gets the paths in it that are not yet computed. */
export type JudgeApp = (app: string, args: unknown, notKnown: readonly string[]) => readonly Problem[];

/** Everything that is wrong with a group's args. */
export function groupProblems(args: unknown, notKnown: readonly string[], judgeApp: JudgeApp): Problem[] {
  const parsed = parseValue(groupSchema, args);
  const wrong = parsed.ok ? [] : parsed.problems;
  const apps = appsIn(args);
  const notKnownOf = byApp(notKnown);
  const ofApps = apps.flatMap(([app, own]) =>
    judgeApp(app, own, notKnownOf.get(app) ?? []).map((problem) => ({ ...problem, path: pathOf(app, problem.path) })),
  );
  const doubtful = byApp([...notKnown, ...wrong.map(({ path }) => path), ...ofApps.map(({ path }) => path)]);
  const placed = apps.filter(([app]) => (doubtful.get(app) ?? []).every((path) => !/^(?:$|path|hostnames)/.test(path)));
  return [...wrong, ...ofApps, ...overlappingApps(placed.map(([app, own]) => ({ ...(own as Place), app })))];
}

/** Where an app answers; of one in which nothing about that is doubtful. */
type Place = { readonly path: string; readonly hostnames?: string[] };

/** Path in the args of something of an app. */
export function pathOf(app: string, path: string): string {
  return path === "" ? `apps.${app}` : `apps.${app}.${path}`;
}

/** What is legal and yet not what anyone wants. */
export function groupWarnings({ apps }: GroupValues): string[] {
  return Object.entries(apps).flatMap(([app, own]) =>
    proxiedAppWarnings({ ...own, app }).map((warning) => `apps.${app}.${warning}`),
  );
}

/** Text of apps.d/<group>.apps.jsonl, the same on both hosts. */
export function renderApps({ group, apps }: GroupValues): string {
  return renderGroup(
    group,
    new Map(Object.entries(apps).map(([app, own]) => [app, renderApp({ ...own, app } as AppValues)])),
  );
}

/** Apps in args that may be anything. */
function appsIn(args: unknown): [app: string, args: Record<string, unknown>][] {
  const parsed = z.object({ apps: z.record(z.string(), z.unknown()) }).safeParse(args);
  return parsed.success ? (Object.entries(parsed.data.apps) as [string, Record<string, unknown>][]) : [];
}

/** Paths in the args by the app that they are in, below it. */
function byApp(paths: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const path of paths) {
    const [, app, below = ""] = /^apps\.([^.]+)(?:\.(.*))?$/.exec(path) ?? [];
    if (app === undefined) continue;
    const known = found.get(app);
    if (known === undefined) found.set(app, [below]);
    else known.push(below);
  }
  return found;
}
