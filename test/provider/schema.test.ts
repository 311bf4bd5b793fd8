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

test("everything has a description", () => {
  const types = { ...schema.types, ...schema.resources };
  for (const [token, type] of Object.entries(types)) {
    if (type["enum" as never] === undefined) assert.ok(type.description, token);
    for (const [name, property] of Object.entries(type.properties ?? {}))
      assert.ok(property["description"], `${token}.${name}`);
  }
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
  });
});
