import * as z from "zod";
import { type AppConfig, type AppInput, appDocument, appSchema, backendSchema } from "../../config/app.ts";
import { backendTls, consistentBackendTls } from "../../config/backend-tls.ts";
import { type Parsed, parseValue, renderDocument } from "../../config/document.ts";
import type { Problem } from "../../config/problems.ts";
import { hostPort } from "../../config/values.ts";
import { backendReference, isGivenOnce, resolvedBackends } from "./app-backends.ts";
import { APP_RELATIONS, appWarnings } from "./app-relations.ts";
import { certificate } from "./certificate.ts";
import { handleSchema } from "./handle.ts";
import { hasPath, merged } from "./merge.ts";
import { type Judgement, judged } from "./relations.ts";

// Args of a ProxiedApp as values: the document's own schema, except that a backend may be given as a BackendServer.

const backend = backendSchema
  .extend({ address: hostPort.optional(), server: backendReference.optional() })
  .superRefine(isGivenOnce);

export const proxiedAppSchema = appSchema.omit({ backends: true, backendTls: true }).extend({
  backends: z.record(z.string(), backend),
  backendTls: consistentBackendTls(backendTls.extend({ clientCertificate: certificate.optional() })).optional(),
  rawSettings: z.record(z.string(), z.any()).optional(),
});
/** An app's args without the pair, which is no value but a reference. */
export type ProxiedAppInput = z.input<typeof proxiedAppSchema>;

const withPair = proxiedAppSchema.extend({ loadBalancer: handleSchema });
/** Of many apps, whose names and pair stand elsewhere. */
const withoutName = proxiedAppSchema.omit({ app: true });

/** An app's args, and what would be on the hosts. */
export type SoundApp = { readonly args: Partial<ArgsInput>; readonly document: Parsed<AppConfig> };

/** What an app's args are judged by. */
export const APP_JUDGEMENT = judgementBy(withPair);

/** The same of an app without its name and its pair. */
export const NAMELESS_APP_JUDGEMENT = judgementBy(withoutName);

function judgementBy(schema: z.ZodType): Judgement<SoundApp> {
  return {
    values: (args) => {
      const parsed = parseValue(schema, args);
      return parsed.ok ? [] : parsed.problems;
    },
    sound: (sound) => {
      const args = sound as Partial<ArgsInput>;
      return { args, document: parseValue(appSchema, soundInput(args)) };
    },
    relations: [
      { reads: ["rawSettings"], problems: documentProblems },
      ...APP_RELATIONS.map(({ reads, problems }) => ({
        reads: [...reads, ...reads.map((field) => `rawSettings.${field}`)],
        problems: ({ document }: SoundApp) => (document.ok ? problems(document.value) : []),
      })),
    ],
  };
}

/** Everything that is wrong with an app's args. */
export function proxiedAppProblems(args: unknown, notKnown: readonly string[] = []): Problem[] {
  return judged(APP_JUDGEMENT, args, notKnown);
}

/** What raw settings make of it. */
function documentProblems({ args, document }: SoundApp): Problem[] {
  if (document.ok) return [];
  return document.problems.flatMap((problem) => {
    if (args.rawSettings === undefined || !hasPath(args.rawSettings, problem.path)) return [problem];
    // A field that only a later release knows is what raw settings are for.
    return problem.want === "no such field" ? [] : [{ ...problem, path: `rawSettings.${problem.path}` }];
  });
}

/** The document of args from which what is doubtful was taken; what a document can't be without stands in for it. */
function soundInput({ loadBalancer: _, backends = {}, ...app }: Partial<ArgsInput>): AppInput {
  const known = Object.entries(backends).filter(
    ([, { address, server }]) => (address ?? server?.address) !== undefined,
  );
  return appInput({ app: "app", path: "/", ...app, backends: Object.fromEntries(known) });
}

/** What is legal and yet not what anyone wants. */
export function proxiedAppWarnings(args: unknown): string[] {
  const document = parseValue(appSchema, appInput(valuesOf(args as ArgsInput)));
  return document.ok ? appWarnings(document.value) : [];
}

/** Text of apps.d/<app>.jsonl, the same on both hosts. */
export function renderApp(args: AppValues): string {
  return renderDocument(appDocument, appInput(args));
}

/** What an app's document is made of: its args without keys; that there is a certificate is enough. */
export type AppValues = Omit<ProxiedAppInput, "backendTls"> & {
  readonly backendTls?: (Omit<TlsInput, "clientCertificate"> & { readonly clientCertificate?: unknown }) | undefined;
};
type TlsInput = NonNullable<ProxiedAppInput["backendTls"]>;

type ArgsInput = ProxiedAppInput & { readonly loadBalancer: unknown };

function valuesOf({ loadBalancer: _, ...app }: ArgsInput): ProxiedAppInput {
  return app;
}

function appInput({ backends, rawSettings, backendTls: tls, ...rest }: AppValues): AppInput {
  const shown = tls === undefined ? {} : { backendTls: shownTls(tls) };
  return merged({ ...rest, ...shown, backends: resolvedBackends(backends) }, rawSettings);
}

function shownTls({ clientCertificate, ...shown }: NonNullable<AppValues["backendTls"]>): AppInput["backendTls"] {
  return clientCertificate === undefined ? shown : { ...shown, clientCertificate: true };
}
