import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output.js";
import { isSound, permission, problemsOfArgs } from "../../components/check.ts";
import { loadBalancerPairProblems } from "../../components/load-balancer-pair.ts";
import { pairProblems } from "../../components/render/pair-problems.ts";
import { known, record } from "./lib/recorder.ts";
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

test("only what is plain decides at once whether children can be made", () => {
  assert.equal(isSound(pairProblems, pairArgs({ hostname: pulumi.output("Not A Name") })), true);
  assert.equal(isSound(pairProblems, pairArgs({ hostname: "Not A Name" })), false);
});

class Component extends pulumi.ComponentResource {
  readonly allowed: pulumi.Output<true>;

  constructor(opts: pulumi.ComponentResourceOptions) {
    super("test:index:Component", "it", {}, opts);
    const judge = () => [{ path: "a", got: "1", want: "2" }];
    this.allowed = permission(this, "Component it", judge, { a: 1 });
  }
}

test("at preview wrong args give no permission and no exception", async () => {
  let isAllowed = false;
  await record(
    (options) => {
      new Component(options).allowed.apply(() => {
        isAllowed = true;
      });
    },
    { isPreview: true },
  );
  assert.equal(isAllowed, false);
  assert.equal(await known(pulumi.output("the program goes on")), "the program goes on");
});
