import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { promiseOf } from "../../../components/settle.ts";
import { ANSWERS, listening } from "../../../provider/testing.ts";

/** A resource as a program registered it. */
export type Recorded = {
  readonly type: string;
  readonly name: string;
  /** Inputs; a secret is {@link secret}`(value)`. */
  readonly inputs: Record<string, unknown>;
  /** Names of the resources it was told to wait for. */
  readonly dependsOn: readonly string[];
  readonly options: pulumi.CustomResourceOptions;
};

export type Recording = {
  readonly resources: readonly Recorded[];
  /** The resource of a name; throws when there is none. */
  readonly get: (name: string) => Recorded;
  readonly names: (type: string) => string[];
  /** What the user was told: `error: …`, `warning: …`. */
  readonly messages: readonly string[];
};

const SECRET_FIELD = "4dabf18193072939515e22adb298388d";
const SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270";

/** How a secret stands in recorded inputs. */
export function secret(value: unknown): object {
  return { [SECRET_FIELD]: SECRET_MARK, value };
}

/**
 * Runs a program against a monitor that registers whatever it is given, and returns what that was.
 *
 * @param program  gets options for its components, through which their children are seen
 */
export async function record(
  program: (options: pulumi.ComponentResourceOptions) => unknown,
  { isPreview = false }: { readonly isPreview?: boolean } = {},
): Promise<Recording> {
  const inputs = new Map<string, Record<string, unknown>>();
  const registered: { type: string; name: string; options: pulumi.CustomResourceOptions }[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs: given }) => {
        inputs.set(name, given as Record<string, unknown>);
        return { id: `${name}-id`, state: { ...given, ...ANSWERS[type] } };
      },
      call: ({ inputs: given }) => given as Record<string, unknown>,
    },
    "project",
    "stack",
    isPreview,
  );
  pulumi.runtime.setAllConfig({ "lbpair:releaseDirectory": join(import.meta.dirname, "../data/release") });
  const watch: pulumi.ResourceTransformation = ({ type, name, opts }) => {
    registered.push({ type, name, options: opts });
    return undefined;
  };
  const { messages } = await listening(async () => {
    await program({ transformations: [watch] });
    await pulumi.runtime.disconnect();
    await new Promise(setImmediate); // a verdict on args that have no children
  });
  const resources = await Promise.all(
    registered.map(async ({ type, name, options }) => {
      const dependsOn = await waitedFor(options.dependsOn);
      return { type, name, options, inputs: inputs.get(name) ?? {}, dependsOn };
    }),
  );
  return {
    resources,
    get: (name) => found(resources, name),
    names: (type) => resources.filter((each) => each.type === type).map((each) => each.name),
    messages,
  };
}

/** Value of an output of a recorded program. */
export function known<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

async function waitedFor(dependsOn: pulumi.ResourceOptions["dependsOn"]): Promise<string[]> {
  const known: unknown = pulumi.Output.isInstance(dependsOn) ? await promiseOf(dependsOn) : dependsOn;
  const all = (Array.isArray(known) ? known : [known]) as readonly unknown[];
  return all.flatMap((each) => (pulumi.Resource.isInstance(each) ? [Reflect.get(each, "__name") as string] : []));
}

function found(resources: readonly Recorded[], name: string): Recorded {
  const resource = resources.find((each) => each.name === name);
  if (resource !== undefined) return resource;
  throw new Error(`no resource ${name} was registered, but ${resources.map((each) => each.name).join(", ")}`);
}
