import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import { problemsOf } from "./lib/construct.ts";

const REPO = join(import.meta.dirname, "../..");
const PLUGIN = join(REPO, "provider/plugin.ts");

test("the plugin serves the schema that was made beforehand", async () => {
  const child = spawn(process.execPath, [PLUGIN, "127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const client = new services.ResourceProviderClient(
      `127.0.0.1:${line.toString().trim()}`,
      grpc.credentials.createInsecure(),
    );
    const schema = await new Promise<string>((resolve, reject) =>
      client.getSchema(new messages.GetSchemaRequest(), (error, answer) =>
        error ? reject(error) : resolve(answer.getSchema()),
      ),
    );
    client.close();
    assert.equal(schema, readFileSync(join(REPO, "schema.json"), "utf8"));
  } finally {
    child.kill();
    await once(child, "exit");
  }
});

test("the plugin does not start inside a program that happens to load it", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", `import(${JSON.stringify(PLUGIN)})`], {
    encoding: "utf8",
  });
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(stderr, /pulumi-lbpair: this file is the package's plugin, to be started by Pulumi/);
});

test("wrong inputs are refused as text, because the engine prints the value of a property, secret or not", async () => {
  const error = await problemsOf("lbpair:index:LoadBalancerPair", "edge", { hostname: "A B", virtualAddress: "x" });
  assert.deepEqual(error.errors, []);
  assert.deepEqual(error.message.split("\n"), [
    "",
    'LoadBalancerPair edge: hostname: got "A B", want a lower-case DNS name like www.example.com, or *.example.com',
    'LoadBalancerPair edge: virtualAddress: got "x", want an address with prefix length, like 203.0.113.10/24',
    "LoadBalancerPair edge: hosts: got nothing, want an object",
  ]);
});
