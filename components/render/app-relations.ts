import type { AppConfig } from "../../config/app.ts";
import { type Problem, showValue } from "../../config/problems.ts";
import { repeated, repeatedAddresses } from "./app-backends.ts";
import type { Relation } from "./relations.ts";

/** What no single field of an app can show. */
export const APP_RELATIONS: readonly Relation<AppConfig>[] = [
  // A backend whose address is not known is not among them.
  { reads: [], problems: ({ backends }) => repeatedAddresses(backends) },
  { reads: ["backends.*.cookieValue"], problems: repeatedCookieValues },
  { reads: ["check.statusMin", "check.statusMax"], problems: statusProblems },
  { reads: ["check.kind", "backendTls"], problems: kindProblems },
  { reads: ["persistence.kind", "persistence.sameSite", "persistence.isSecure"], problems: cookieProblems },
];

/** What is legal and yet not what anyone wants. */
export function appWarnings({ backends }: AppConfig): string[] {
  const takesNew = Object.values(backends).some(({ weight, isBackup }) => weight > 0 || isBackup);
  return takesNew ? [] : ["backends: every weight is 0, so that nobody gets in who has no cookie yet"];
}

/** A cookie that can mean either of two backends. */
function repeatedCookieValues({ backends }: AppConfig): Problem[] {
  return repeated(Object.entries(backends), ({ cookieValue }, name) => cookieValue ?? name).map(({ name, owner }) => ({
    path: `backends.${name}.cookieValue`,
    got: showValue("", backends[name]?.cookieValue ?? name),
    want: `one that backend "${owner}" does not have`,
  }));
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
