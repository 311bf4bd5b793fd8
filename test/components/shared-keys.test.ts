import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { AuthenticationArgs } from "../../components/args/vrrp.ts";
import { LoadBalancerPair } from "../../components/load-balancer-pair.ts";
import { record, secret } from "./lib/recorder.ts";
import { pairArgs } from "./lib/samples.ts";

// The keys of authenticated advertisements: files of their own on the hosts, never a word of the documents.

function pairWith(authentication: pulumi.Input<AuthenticationArgs>) {
  return record((options) => new LoadBalancerPair("edge", pairArgs({ vrrp: { authentication } }), options));
}

test("a given secret goes to a file on both hosts by a secret stdin, before the document that names it", async () => {
  const given = "s".repeat(40);
  const recording = await pairWith({ kind: "hmac", secret: pulumi.secret(given), mode: "permissive" });
  for (const host of ["lb1", "lb2"]) {
    const { inputs } = recording.get(`edge-${host}-vrrp-hmac-key`);
    assert.deepEqual(inputs["stdin"], secret(given));
    assert.match(String(inputs["create"]), /apply key vrrp-hmac/);
    assert.ok(recording.get(`edge-${host}-proxy`).dependsOn.includes(`edge-${host}-vrrp-hmac-key`));
    const document = String(recording.get(`edge-${host}-vrrp`).inputs["stdin"]);
    assert.match(document, /"authentication":\{"kind":"hmac","mode":"permissive"\}/);
  }
});

test("without one a key is made, as long as HMAC-SHA256 takes", async () => {
  const recording = await pairWith({ kind: "hmac" });
  const { inputs } = recording.get("edge-lb1-vrrp-hmac-key");
  // The recorder's private key is "-----BEGIN PRIVATE KEY-----\nkey\n-----END PRIVATE KEY-----\n".
  assert.deepEqual(inputs["stdin"], secret("1a5034cf022a6143039ffebf22844903fb520de66e201576d7e25840e10e5fe2"));
  assert.ok(recording.names("tls:index/privateKey:PrivateKey").includes("edge-vrrp-key"));
});

test("a password of version 2 is a file of its own", async () => {
  const vrrp = { version: 2, advertIntervalMs: 1_000 };
  const authentication = { kind: "password", secret: pulumi.secret("passw0rd") } as const;
  const recording = await record(
    (options) => new LoadBalancerPair("edge", pairArgs({ vrrp: { ...vrrp, authentication } }), options),
  );
  assert.deepEqual(recording.get("edge-lb2-vrrp-password-key").inputs["stdin"], secret("passw0rd"));
});

test("no secret shows in any input, also when it is computed, or not marked as one", async () => {
  const given = "do-not-show-me-do-not-show-me-32";
  for (const authentication of [
    { kind: "hmac", secret: given } as const,
    { kind: "hmac", secret: pulumi.output(given) } as const,
    pulumi.output({ kind: "hmac", secret: given } as const),
  ]) {
    const recording = await pairWith(authentication);
    assert.deepEqual(recording.get("edge-lb1-vrrp-hmac-key").inputs["stdin"], secret(given));
    const shown = recording.resources.map(({ inputs }) =>
      JSON.stringify(inputs, (_, value) => (isSecret(value) ? "a secret" : value)),
    );
    assert.doesNotMatch(shown.join(""), /do-not-show-me/);
  }
});

function isSecret(value: unknown): boolean {
  const [marker] = Object.keys(secret(""));
  return typeof value === "object" && value !== null && marker !== undefined && marker in value;
}
