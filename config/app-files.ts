import { eachLine, type Parsed, parseValue } from "./document.ts";
import { APPS_DIR } from "./paths.ts";
import { type Problem, showValue } from "./problems.ts";
import { name } from "./values.ts";

// What a file in apps.d holds: one app, apps.d/<app>.jsonl, or a group of them, apps.d/<group>.apps.jsonl. A group's
// text has the lines of each app's own document with the app's name in front, so that every line says whose it is:
//
//   {"apps":"shops"}                                     head
//   {"app":"blog","path":"/blog/"}                       head of blog's document
//   {"app":"blog","backend":"web1","address":"…"}
//   {"app":"shop","path":"/shop/"}

/** Text of each app's document, by app, as it would stand in a file of its own. */
export type AppTexts = ReadonlyMap<string, string>;

/** Text of a group's file. */
export function renderGroup(group: string, texts: AppTexts): string {
  const lines = [...texts].sort(byName).flatMap(([app, text]) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => ({ app, ...(JSON.parse(line) as object) })),
  );
  return [headOf(group), ...lines.map((line) => JSON.stringify(line))].map((line) => `${line}\n`).join("");
}

/**
 * Apps of a file, not yet looked at one by one.
 *
 * @param path  below the configuration directory
 */
export function splitApps(path: string, text: string): Parsed<AppTexts> {
  const group = groupOf(path);
  return group === undefined ? { ok: true, value: new Map([[ownName(path), text]]) } : splitGroup(group, text);
}

/** Field of an app as its file has it: `path`, in a group `apps.shop.path`. */
export function fieldOf(path: string, app: string, field: string): string {
  return groupOf(path) === undefined ? field : `apps.${app}.${field}`;
}

/** Name of the group that a file holds; undefined: it holds one app. */
export function groupOf(path: string): string | undefined {
  return new RegExp(`^${APPS_DIR}/([^/.]+)\\.apps\\.jsonl$`).exec(path)?.[1];
}

function ownName(path: string): string {
  return path.slice(`${APPS_DIR}/`.length).replace(/\.jsonl$/, "");
}

function splitGroup(group: string, text: string): Parsed<AppTexts> {
  const lines = new Map<string, object[]>();
  let hasHead = false;
  const read = eachLine(text, lines, (fields): Problem | undefined => {
    const { app, ...rest } = fields;
    if (!hasHead) {
      hasHead = true;
      const isSound = fields["apps"] === group && Object.keys(fields).length === 1;
      return isSound ? undefined : { path: "", got: showValue("", fields), want: headOf(group) };
    }
    const named = parseValue(name, app);
    if (!named.ok) return { path: ".app", got: showValue("", app), want: "the name of an app" };
    const before = lines.get(named.value);
    // What comes first is the head, which bears the app's name in a file of its own, too.
    if (before === undefined) lines.set(named.value, [fields]);
    else before.push(rest);
    return undefined;
  });
  if (!read.ok) return read;
  if (!hasHead) return { ok: false, problems: [{ path: "", got: "nothing", want: headOf(group) }] };
  const texts = [...lines].map(([app, own]) => [app, own.map((line) => `${JSON.stringify(line)}\n`).join("")] as const);
  return { ok: true, value: new Map(texts) };
}

function headOf(group: string): string {
  return JSON.stringify({ apps: group });
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
