import * as z from "zod";
import { renderGroup } from "../../config/app-files.ts";
import { parseValue } from "../../config/document.ts";
import type { Problem } from "../../config/problems.ts";
import { overlappingApps } from "../../config/relations.ts";
import { name } from "../../config/values.ts";
import { type AppValues, proxiedAppSchema, proxiedAppWarnings, renderApp } from "./app.ts";
import { handleSchema } from "./handle.ts";
import { touches, without } from "./relations.ts";

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
  const ofApps = appsIn(args).flatMap(([app, own]) =>
    judgeApp(app, own, pathsBelow(app, notKnown)).map((problem) => ({ ...problem, path: pathOf(app, problem.path) })),
  );
  const doubtful = [...notKnown, ...wrong.map(({ path }) => path), ...ofApps.map(({ path }) => path)];
  return [...wrong, ...ofApps, ...overlaps(args, doubtful)];
}

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

/** Apps of one group that would answer for the same path, as far as it is known where they answer. */
function overlaps(args: unknown, doubtful: readonly string[]): Problem[] {
  const place = proxiedAppSchema.pick({ app: true, path: true, hostnames: true });
  const isKnown = (app: string) =>
    ["path", "hostnames"].every((field) => !doubtful.some((path) => touches(pathOf(app, field), path)));
  const served = appsIn(without(args, doubtful)).flatMap(([app, own]) => {
    const parsed = parseValue(place.strip(), { ...own, app });
    return parsed.ok && isKnown(app) ? [parsed.value] : [];
  });
  return overlappingApps(served);
}

/** Apps in args that may be anything. */
function appsIn(args: unknown): [app: string, args: Record<string, unknown>][] {
  const parsed = z.object({ apps: z.record(z.string(), z.unknown()) }).safeParse(args);
  return parsed.success ? (Object.entries(parsed.data.apps) as [string, Record<string, unknown>][]) : [];
}

function pathsBelow(app: string, paths: readonly string[]): string[] {
  const start = `apps.${app}`;
  return paths.flatMap((path) => {
    if (path === start) return [""];
    return path.startsWith(`${start}.`) ? [path.slice(start.length + 1)] : [];
  });
}
