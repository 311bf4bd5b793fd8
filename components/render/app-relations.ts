import type { AppConfig } from "../../config/app.ts";
import { type Problem, showValue } from "../../config/problems.ts";
import { splitHostPort } from "../../config/values.ts";
import type { Relation } from "./relations.ts";

/** What no single field of an app can show. */
export const APP_RELATIONS: readonly Relation<AppConfig>[] = [
  // A backend whose address is not known is not among them.
  { reads: [], problems: (app) => repeated(app, "address", ({ address }) => placeOf(address)) },
  {
    reads: ["backends.*.cookieValue"],
    problems: (app) => repeated(app, "cookieValue", ({ cookieValue }, name) => cookieValue ?? name),
  },
  { reads: ["check.statusMin", "check.statusMax"], problems: statusProblems },
  { reads: ["check.kind", "backendTls"], problems: kindProblems },
  { reads: ["persistence.kind", "persistence.sameSite", "persistence.isSecure"], problems: cookieProblems },
];

/** What is legal and yet not what anyone wants. */
export function appWarnings({ backends }: AppConfig): string[] {
  const takesNew = Object.values(backends).some(({ weight, isBackup }) => weight > 0 || isBackup);
  return takesNew ? [] : ["backends: every weight is 0, so that nobody gets in who has no cookie yet"];
}

type Backend = AppConfig["backends"][string];

/** Two backends that are one: half of the requests are counted as the other's, and a cookie can mean either. */
function repeated(
  { backends }: AppConfig,
  field: "address" | "cookieValue",
  keyOf: (backend: Backend, name: string) => string,
): Problem[] {
  const owners = new Map<string, string>();
  return Object.entries(backends).flatMap(([name, backend]) => {
    const key = keyOf(backend, name);
    const owner = owners.get(key);
    owners.set(key, owner ?? name);
    const got = showValue("", backend[field] ?? name);
    const want = `one that backend "${owner}" does not have`;
    return owner === undefined ? [] : [{ path: `backends.${name}.${field}`, got, want }];
  });
}

function placeOf(address: string): string {
  const place = splitHostPort(address);
  return place === undefined ? address : `${place.host.toLowerCase()} ${place.port}`;
}

function kindProblems({ check, backendTls }: AppConfig): Problem[] {
  if (check.kind !== "tls" || backendTls !== undefined) return [];
  return [{ path: "check.kind", got: '"tls"', want: '"http" or "tcp", because there is no backendTls' }];
}

function statusProblems({ check }: AppConfig): Problem[] {
  if (check.statusMin <= check.statusMax) return [];
  return [{ path: "check.statusMax", got: String(check.statusMax), want: `at least statusMin, ${check.statusMin}` }];
}

/** Browsers drop such a cookie, and with it every session. */
function cookieProblems({ persistence }: AppConfig): Problem[] {
  if (persistence.kind === "none" || persistence.sameSite !== "None" || persistence.isSecure) return [];
  return [{ path: "persistence.isSecure", got: "false", want: 'true, because sameSite is "None"' }];
}
