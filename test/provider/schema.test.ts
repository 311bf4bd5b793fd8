import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageSchema } from "../../provider/schema.ts";

const REPO = join(import.meta.dirname, "../..");
const schema = packageSchema(REPO);

test("schema.json is what the sources say: run node provider/build-schema.ts after a change of args", () => {
  assert.equal(readFileSync(join(REPO, "schema.json"), "utf8"), `${JSON.stringify(schema, null, 2)}\n`);
});

test("programs in other languages get the handle and not its parts", () => {
  const { properties, required } = schema.resources["lbpair:index:LoadBalancerPair"] ?? {};
  const outputs = ["url", "virtualAddress", "caCertificatePem", "certificateExpiry", "handle"];
  assert.deepEqual(Object.keys(properties ?? {}), outputs);
  assert.deepEqual(required, outputs.toSorted());
});

test("what is secret is marked so wherever it occurs", () => {
  const marked = Object.entries({ ...schema.types, ...schema.resources }).flatMap(([token, { properties = {} }]) =>
    Object.entries(properties).flatMap(([name, property]) =>
      property["secret"] === true ? [`${token.split(":").at(-1)}.${name}`] : [],
    ),
  );
  assert.deepEqual(marked.sort(), [
    "Authentication.secret",
    "Certificate.privateKeyPem",
    "Connection.password",
    "Connection.privateKey",
    "Connection.privateKeyPassword",
    "JumpHost.password",
    "JumpHost.privateKey",
    "JumpHost.privateKeyPassword",
    "LoadBalancerHandle.connections",
    "LoadBalancerPair.handle",
    "NamedCertificate.privateKeyPem",
    "Stats.password",
  ]);
});

/** A type, or the inputs of a resource. */
type Group = { token: string; required: readonly string[]; properties: [name: string, property: Property][] };
type Property = { [field: string]: unknown };

const INPUTS: readonly Group[] = [
  ...Object.entries(schema.types).map(([token, { required = [], properties = {} }]) => ({
    token,
    required,
    properties: Object.entries(properties),
  })),
  ...Object.entries(schema.resources).map(([token, resource]) => ({
    token,
    required: resource["requiredInputs" as never] as readonly string[],
    properties: Object.entries(resource.inputProperties),
  })),
];

test("everything has a description", () => {
  const all = { ...schema.types, ...schema.resources };
  for (const [token, { description }] of Object.entries(all)) assert.ok(description, token);
  const outputs = Object.entries(schema.resources).map(([token, { properties = {} }]) => ({
    token,
    properties: Object.entries(properties),
  }));
  for (const { token, properties } of [...INPUTS, ...outputs])
    for (const [name, property] of properties) assert.ok(property["description"], `${token}.${name}`);
});

test("what may be left out says what holds then; a group says it member by member", () => {
  const isGroup = ({ $ref }: Property) => schema.types[String($ref).replace("#/types/", "")]?.properties !== undefined;
  const silent = INPUTS.flatMap(({ token, required, properties }) =>
    properties
      .filter(([name, property]) => !required.includes(name) && !isGroup(property))
      .filter(([, { description }]) => !/\bDefault\b/.test(String(description)))
      .map(([name]) => `${token}.${name}`),
  );
  assert.deepEqual(silent, []);
});

test("few inputs are required", () => {
  const required = Object.entries(schema.resources).map(([token, type]) => [
    token.split(":").at(-1),
    type["requiredInputs" as never],
  ]);
  assert.deepEqual(Object.fromEntries(required), {
    BackendServer: ["address"],
    LoadBalancerPair: ["hostname", "hosts", "virtualAddress"],
    PassthroughApp: ["backends", "hostnames", "loadBalancer"],
    ProxiedApp: ["backends", "loadBalancer", "path"],
    ProxiedApps: ["apps", "loadBalancer"],
  });
});
