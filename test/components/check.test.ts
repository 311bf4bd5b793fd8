import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output.js";
import { type Permission, permission, problemsOfArgs } from "../../components/check.ts";
import { loadBalancerPairProblems } from "../../components/load-balancer-pair.ts";
import { pairProblems } from "../../components/render/pair-problems.ts";
import { record } from "./lib/recorder.ts";
import { connectionTo, pairArgs } from "./lib/samples.ts";

function notYet<T>(): pulumi.Output<T> {
  return pulumi.output(unknown) as unknown as pulumi.Output<T>;
}

test("args that are outputs, promises and plain values are judged by their values", async () => {
  const args = pairArgs({
    hostname: pulumi.output("Example.com"),
    virtualAddress: Promise.resolve("203.0.113.10"),
    redirectToSlash: true,
  });
  const paths = (await loadBalancerPairProblems(args)).map(({ path }) => path);
  assert.deepEqual(paths, ["hostname", "virtualAddress"]);
});

test("a value that is not yet computed is right for now, whatever it is part of", async () => {
  const hosts = {
    lb1: { connection: notYet<never>() },
    lb2: { connection: { ...connectionTo(""), host: notYet<string>() } },
  };
  assert.deepEqual(await loadBalancerPairProblems(pairArgs({ hosts, hostname: notYet() })), []);
  assert.deepEqual(await loadBalancerPairProblems(pairArgs({ hosts: notYet() })), []);
});

test("a wrong value beside one that is not yet computed is told", async () => {
  const [problem, ...more] = await loadBalancerPairProblems(pairArgs({ hostname: notYet(), ports: { https: 0 } }));
  assert.deepEqual([problem?.path, more], ["ports.https", []]);
});

test("a value that the program marked as secret is not shown, though its field is not known for secrets", async () => {
  const [problem] = await loadBalancerPairProblems(pairArgs({ hostname: pulumi.secret("Not A Name") }));
  assert.deepEqual(problem, {
    path: "hostname",
    got: "a secret value",
    want: "a lower-case DNS name like www.example.com, or *.example.com",
  });
});

test("a value that has a secret in it is not shown", async () => {
  const hosts = { lb1: { connection: connectionTo("203.0.113.11"), note: pulumi.secret("psst") } };
  const problems = await problemsOfArgs(pairProblems, pairArgs({ hosts }));
  assert.doesNotMatch(JSON.stringify(problems), /psst/);
});

class Component extends pulumi.ComponentResource {
  readonly permission: Permission;

  constructor(args: unknown, opts: pulumi.ComponentResourceOptions) {
    super("test:index:Component", "it", {}, opts);
    const judge = (value: unknown) => [{ path: "a", got: JSON.stringify(value), want: "2" }];
    this.permission = permission(this, "Component it", { problems: judge }, args);
  }
}

async function isAllowed(args: unknown, isPreview: boolean): Promise<{ isSound: boolean; isAllowed: boolean }> {
  let component: Component | undefined;
  let isCalled = false;
  await record(
    (options) => {
      component = new Component(args, options);
      component.permission.allowed.apply(() => {
        isCalled = true;
      });
    },
    { isPreview },
  );
  return { isSound: component?.permission.isSound ?? true, isAllowed: isCalled };
}

test("during an update a wrong plain value ends the program with a message and no stack", async () => {
  await assert.rejects(isAllowed({ a: 1 }, false), (error) => {
    assert.ok(pulumi.ResourceError.isInstance(error));
    assert.deepEqual([error.message, error.hideStack], ['Component it: a: got {"a":1}, want 2', true]);
    return true;
  });
});

test("at preview a wrong plain value makes no children and ends nothing", async () => {
  assert.deepEqual(await isAllowed({ a: 1 }, true), { isSound: false, isAllowed: false });
});

test("a value that turns out wrong is no reason to leave children out, but none of them may be applied", async () => {
  const args = { a: pulumi.output(1) };
  for (const isPreview of [true, false])
    assert.deepEqual(await isAllowed(args, isPreview), { isSound: true, isAllowed: false });
});
