import { clientCertificateName } from "../config/paths.ts";
import { type Problem, showValue } from "../config/problems.ts";
import { name } from "../config/values.ts";
import { appNameClaim, type Claim, hostnameClaim } from "./claims.ts";
import { certificateProblems } from "./given-certificate.ts";
import type { ProxiedAppInput } from "./render/app.ts";
import { APP_JUDGEMENT, NAMELESS_APP_JUDGEMENT, type SoundApp } from "./render/app.ts";
import { judged, type Relation } from "./render/relations.ts";

// What an app is judged by, alone or among many: a certificate is looked at as far as it is known, and what one app has
// no other of the pair may have.

/** Everything that is wrong with the args of an app that stands alone. */
export function appProblems(args: unknown, notKnown: readonly string[] = []): Problem[] {
  const fileName: Relation<SoundApp> = {
    reads: ["app"],
    problems: (sound) => fileNameProblems("app", sound.args.app ?? "", sound),
  };
  const relations = [...APP_JUDGEMENT.relations, CERTIFICATE, fileName];
  return judged({ ...APP_JUDGEMENT, relations }, args, notKnown);
}

/** Everything that is wrong with the args of an app among many, its name aside. */
export function namelessAppProblems(app: string, args: unknown, notKnown: readonly string[]): Problem[] {
  const fileName: Relation<SoundApp> = { reads: [], problems: (sound) => fileNameProblems("", app, sound) };
  const relations = [...NAMELESS_APP_JUDGEMENT.relations, CERTIFICATE, fileName];
  return judged({ ...NAMELESS_APP_JUDGEMENT, relations }, args, notKnown);
}

/**
 * On one pair a path belongs to one app, and so does a name: it is that of a file on the hosts, and of a cookie.
 *
 * @param pair  as claims.ts has it
 * @param at  where the app's args have a field
 */
export function appClaims(
  pair: readonly unknown[],
  { app, path, hostnames }: Partial<Pick<ProxiedAppInput, "app" | "path" | "hostnames">>,
  at: (field: string) => string,
): Claim[] {
  const names: readonly unknown[] = Array.isArray(hostnames) ? hostnames : [hostnames ?? "*"];
  return [
    appNameClaim(pair, app, at("app")),
    ...(hostnames === undefined ? [] : names.map((each) => hostnameClaim(pair, each, at("hostnames"), "served"))),
    ...names.map(
      (hostname): Claim => ({
        of: ["path", ...pair, hostname, path],
        path: at("path"),
        reads: [at("hostnames")],
        want: (owner) => `a path that ${owner} does not have`,
      }),
    ),
  ];
}

const CERTIFICATE: Relation<SoundApp> = {
  reads: [],
  problems: ({ args: { backendTls } }) =>
    backendTls?.clientCertificate === undefined
      ? []
      : certificateProblems("backendTls.clientCertificate", backendTls.clientCertificate, []),
};

/** The file of the certificate bears the app's name and some letters more. */
function fileNameProblems(path: string, app: string, { args: { backendTls } }: SoundApp): Problem[] {
  if (backendTls?.clientCertificate === undefined || name.safeParse(clientCertificateName(app)).success) return [];
  return [{ path, got: showValue("", app), want: "at most 59 characters, because of backendTls.clientCertificate" }];
}
