import * as z from "zod";
import { parseValue, renderDocument } from "../../config/document.ts";
import {
  type PassthroughInput,
  passthroughBackend,
  passthroughDocument,
  passthroughSchema,
} from "../../config/passthrough.ts";
import type { Problem } from "../../config/problems.ts";
import { hostPort, name } from "../../config/values.ts";
import { backendReference, isGivenOnce, repeatedAddresses, resolvedBackends } from "./app-backends.ts";
import { handleSchema } from "./handle.ts";
import { hasPath, merged } from "./merge.ts";
import { type Judgement, judged } from "./relations.ts";

// Args of a PassthroughApp as values: the document's own schema, except that a backend may be given as a BackendServer.

const backend = passthroughBackend
  .extend({ address: hostPort.optional(), server: backendReference.optional() })
  .superRefine(isGivenOnce);

export const passthroughAppSchema = passthroughSchema.omit({ passthrough: true, backends: true }).extend({
  app: name,
  backends: z.record(z.string(), backend),
  rawSettings: z.record(z.string(), z.any()).optional(),
});
/** A passthrough app's args without the pair, which is no value but a reference. */
export type PassthroughAppInput = z.input<typeof passthroughAppSchema>;

const withPair = passthroughAppSchema.extend({ loadBalancer: handleSchema });
type ArgsInput = PassthroughAppInput & { readonly loadBalancer: unknown };

/** What a passthrough app's args are judged by. */
const JUDGEMENT: Judgement<Partial<ArgsInput>> = {
  values: (args) => {
    const parsed = parseValue(withPair, args);
    return parsed.ok ? [] : parsed.problems;
  },
  sound: (args) => args as Partial<ArgsInput>,
  relations: [
    { reads: ["rawSettings"], problems: documentProblems },
    { reads: [], problems: ({ backends }) => repeatedAddresses(resolvedBackends(backends ?? {})) },
  ],
};

/** Everything that is wrong with a passthrough app's args. */
export function passthroughAppProblems(args: unknown, notKnown: readonly string[] = []): Problem[] {
  return judged(JUDGEMENT, args, notKnown);
}

/** Text of apps.d/<app>.jsonl, the same on both hosts. */
export function renderPassthrough(args: PassthroughAppInput): string {
  return renderDocument(passthroughDocument, inputOf(args));
}

/** What raw settings make of it; what a document can't be without stands in for what is doubtful. */
function documentProblems({ loadBalancer: _, backends = {}, rawSettings, ...rest }: Partial<ArgsInput>): Problem[] {
  if (rawSettings === undefined) return [];
  const app = { app: "app", hostnames: ["app.example"], ...rest, backends, rawSettings };
  const document = parseValue(passthroughSchema, inputOf(app));
  if (document.ok) return [];
  return document.problems.flatMap((problem) => {
    if (!hasPath(rawSettings, problem.path)) return [problem];
    // A field that only a later release knows is what raw settings are for.
    return problem.want === "no such field" ? [] : [{ ...problem, path: `rawSettings.${problem.path}` }];
  });
}

function inputOf({ app, backends, rawSettings, ...rest }: PassthroughAppInput): PassthroughInput {
  return merged({ passthrough: app, ...rest, backends: resolvedBackends(backends) }, rawSettings);
}
