import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer.js";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema.js";

// The package's schema, read out of the components' sources by the SDK's own analyzer, and completed with what
// TypeScript can't say: which values are secret, that numbers are integers, what a type is for. The sources stay the
// one place where args are described.
//
// Defaults stand in descriptions only. As `default` of a property an SDK would send them, and a document has the fields
// that were given: a later release's new defaults would change every document of every program.

const PACKAGE = "lbpair";
const COMPONENTS = ["LoadBalancerPair", "ProxiedApp", "ProxiedApps", "PassthroughApp", "BackendServer"];

/** Inputs and outputs that are secret wherever they occur. */
const SECRETS = new Set([
  "connections",
  "handle",
  "password",
  "privateKey",
  "privateKeyPassword",
  "privateKeyPem",
  "secret",
]);

/** Fields of the class that stand for its handle in TypeScript; elsewhere there is `handle`. */
const ONLY_IN_TYPESCRIPT = ["connections", "goneHosts", "hostNames", "sourceAddresses", "virtualAddresses"];

type Property = { [field: string]: unknown; type?: string; items?: Property; additionalProperties?: Property };
type ObjectType = { description?: string; properties?: Record<string, Property>; required?: string[] };
type Resource = ObjectType & { inputProperties: Record<string, Property> };
export type PackageSchema = {
  [field: string]: unknown;
  resources: Record<string, Resource>;
  types: Record<string, ObjectType>;
};

/** @param root  of the repository */
export function packageSchema(root: string): PackageSchema {
  const { version, description, keywords, license } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  ) as Record<"version" | "description" | "license", string> & { keywords: string[] };
  const entry = { name: PACKAGE, exports: { ".": "./provider/index.ts" } };
  const analyzer = new Analyzer(root, PACKAGE, entry, new Set(COMPONENTS));
  const { components, typeDefinitions, dependencies } = analyzer.analyze();
  const found = generateSchema(PACKAGE, version, description, components, typeDefinitions, dependencies);
  const schema = withPlainNames(found as unknown as PackageSchema);
  for (const resource of Object.values(schema.resources)) {
    completeProperties(resource.inputProperties);
    completeProperties(resource.properties ?? {});
  }
  const enums = enumComments(root);
  for (const [token, type] of Object.entries(schema.types)) {
    completeProperties(type.properties ?? {});
    const name = shortName(token);
    const comment = commentsOf(analyzer)[`${name}Args`] ?? commentsOf(analyzer)[name] ?? enums.get(name);
    if (comment !== undefined) type.description = comment.replaceAll("\n", " ");
  }
  removeOutputs(schema.resources[`${PACKAGE}:index:LoadBalancerPair`]);
  return { ...schema, displayName: "lbpair", keywords, license };
}

/** `ConnectionArgs` is `Connection`: the generators put `Args` to the name themselves, where a language wants it. */
function withPlainNames(schema: PackageSchema): PackageSchema {
  const names = Object.keys(schema.types).filter((token) => token.endsWith("Args"));
  const text = names.reduce(
    (changed, token) => changed.replaceAll(`${token}"`, `${token.slice(0, -"Args".length)}"`),
    JSON.stringify(schema),
  );
  return JSON.parse(text) as PackageSchema;
}

function completeProperties(properties: Record<string, Property>): void {
  for (const [name, property] of Object.entries(properties)) {
    delete property["optional"]; // `required` says it
    completeType(property);
    if (SECRETS.has(name)) property["secret"] = true;
  }
}

/** Every number of ours counts something. */
function completeType(property: Property): void {
  if (property.type === "number") property.type = "integer";
  if (property.items !== undefined) completeType(property.items);
  if (property.additionalProperties !== undefined) completeType(property.additionalProperties);
}

function removeOutputs(pair: Resource | undefined): void {
  for (const name of ONLY_IN_TYPESCRIPT) delete pair?.properties?.[name];
  if (pair?.required !== undefined) pair.required = pair.required.filter((name) => !ONLY_IN_TYPESCRIPT.includes(name));
}

/** The analyzer reads the comments of interfaces, and then does not hand them on. */
function commentsOf(analyzer: Analyzer): Record<string, string> {
  return (analyzer as unknown as { docStrings: Record<string, string> }).docStrings;
}

/** Of enums, which are constants in TypeScript, it reads none. */
function enumComments(root: string): Map<string, string> {
  const directory = join(root, "components", "args");
  const sources = readdirSync(directory).map((file) => readFileSync(join(directory, file), "utf8"));
  const found = sources.flatMap((text) => [...text.matchAll(/\/\*\* ([^\n]+) \*\/\nexport const (\w+) = \{/g)]);
  return new Map(found.map(([, comment = "", name = ""]) => [name, comment]));
}

function shortName(token: string): string {
  return token.slice(token.lastIndexOf(":") + 1);
}
