import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { openProject, type Project } from "../offline/project.ts";
import { openTestLab } from "../runner/test-lab.ts";

// The real engine with all the stand-ins, in a network without a way out.

const MANIFEST = JSON.stringify({ name: "demo", type: "module", main: "index.ts" });
const PROJECT = "name: demo\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n";
const UP = "up --yes --skip-preview";

describe("a program with certificates and commands", () => {
  const projectFiles = async () => {
    const lab = await openTestLab();
    const { address, hostKey } = lab.host("web9");
    const connection = { host: address, user: "root", hostKey, privateKey: lab.privateKey };
    const program = `
      import * as pulumi from "@pulumi/pulumi";
      import * as command from "@pulumi/command";
      import * as tls from "@pulumi/tls";
      const connection = ${JSON.stringify(connection)};
      const key = new tls.PrivateKey("ca", { algorithm: "ECDSA", ecdsaCurve: "P256" });
      const ca = new tls.SelfSignedCert("ca", {
        privateKeyPem: key.privateKeyPem, subject: { commonName: "Test CA" }, allowedUses: ["cert_signing"],
        isCaCertificate: true, validityPeriodHours: 48, earlyRenewalHours: 8,
      });
      const apps = new pulumi.Config().get("apps") ?? "app1";
      export const said = new command.remote.Command("apps", {
        connection, create: "cat", stdin: apps.split(",").map((app) => app + "\\n").join(""), addPreviousOutputInEnv: false,
      }).stdout;
      new command.remote.Command("trust", {
        connection, create: "cat > /tmp/lbx-ca", stdin: ca.certPem, delete: "rm /tmp/lbx-ca", addPreviousOutputInEnv: false,
      });
      export const ends = ca.validityEndTime;`;
    return { "Pulumi.yaml": PROJECT, "package.json": MANIFEST, "index.ts": program };
  };

  let project: Project;
  before(async () => {
    project = await openProject(await projectFiles());
  });
  after(() => project.close());

  test("is brought up", async () => {
    const { status, output } = await project.pulumi(UP);
    strictEqual(status, 0, output);
    match(output, /\+ 5 created/);
    match(output, /said: "app1"/);
  });

  test("changes nothing the second time", async () => {
    const { status, output } = await project.pulumi(`${UP} --expect-no-changes`);
    strictEqual(status, 0, output);
    match(output, /5 unchanged/);
  });

  test("shows one added line as one added line", async () => {
    await project.pulumi("config set apps app1,app2");
    const { status, output } = await project.pulumi("preview --diff");
    strictEqual(status, 0, output);
    deepStrictEqual(
      output
        .match(/^ +[~+-] stdin[\s\S]*?Resources/m)?.[0]
        .split("\n")
        .map((line) => line.trim()),
      ["~ stdin:", "app1", "+ app2", "Resources"],
    );
    doesNotMatch(output, /PRIVATE KEY/);
  });

  test("renews the certificate when its time has come, and only it and what uses it", async () => {
    const later = new Date(Date.now() + 41 * 3_600_000).toISOString();
    const { status, output } = await project.pulumi(`${UP}`, { LBPAIR_TLS_NOW: later });
    strictEqual(status, 0, output);
    match(output, /SelfSignedCert ca replaced/);
    match(output, /~ 2 updated\n\s+\+-1 replaced/);
  });

  test("shows no private key in its state's text", async () => {
    const { output } = await project.pulumi("stack export");
    match(output, /BEGIN CERTIFICATE/);
    doesNotMatch(output, /PRIVATE KEY/);
  });

  test("is taken down", async () => {
    const { status, output } = await project.pulumi("destroy --yes --skip-preview");
    strictEqual(status, 0, output);
    match(output, /- 5 deleted/);
    deepStrictEqual(project.processes(), []);
  });
});

describe("a program", () => {
  let project: Project;
  before(async () => {
    project = await openProject({ "Pulumi.yaml": PROJECT, "package.json": MANIFEST });
  });
  after(() => project.close());

  test("that fails says why, and `up` fails", async () => {
    project.write("index.ts", 'throw new Error("the moon is full");');
    const { status, output } = await project.pulumi(UP);
    ok(status !== 0);
    match(output, /error: Running program .*index\.ts' failed[\s\S]*the moon is full/);
  });

  test("that exits by itself is reported with its status", async () => {
    project.write("index.ts", "process.exit(7);");
    const { status, output } = await project.pulumi(UP);
    ok(status !== 0);
    match(output, /Program exited with non-zero exit code: 7/);
  });

  test("whose command fails shows the command and its output", async () => {
    project.write("index.ts", local("echo out; echo bad >&2; exit 3"));
    const { status, output } = await project.pulumi(UP);
    ok(status !== 0);
    match(output, /error: exit status 3: running "echo out; echo bad >&2; exit 3":/);
  });

  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    test(`that waits for a command leaves no process behind after ${signal}`, async () => {
      await project.pulumi("cancel --yes");
      project.write("index.ts", local("echo waiting; exec sleep 600"));
      const { child, output, ended } = project.start(UP);
      await waitFor(() => output().includes("waiting"));
      ok(project.processes().length >= 4); // CLI, host, program, plugin
      child.kill(signal);
      const { status } = await ended;
      ok(status !== 0);
      await waitFor(() => project.processes().length === 0);
    });
  }
});

describe("a plugin in a folder with PulumiPlugin.yaml", () => {
  let project: Project;
  before(async () => {
    project = await openProject({
      "Pulumi.yaml": `${PROJECT}plugins:\n  providers:\n    - name: shouting\n      path: ./plugin\n`,
      "package.json": MANIFEST,
      "index.ts": `
        import * as pulumi from "@pulumi/pulumi";
        class Shout extends pulumi.ComponentResource {
          declare readonly loud: pulumi.Output<string>;
          constructor(name, args) { super("shouting:index:Shout", name, { ...args, loud: undefined }, {}, true); }
        }
        export const heard = new Shout("s", { word: "hello" }).loud;`,
      "plugin/PulumiPlugin.yaml": "runtime: nodejs\n",
      "plugin/package.json": JSON.stringify({ name: "shouting", version: "0.1.0", main: "index.js" }),
      "plugin/index.js": PLUGIN,
    });
  });
  after(() => project.close());

  test("is run by the host, and ended", async () => {
    const { status, output } = await project.pulumi(UP);
    strictEqual(status, 0, output);
    match(output, /heard: "HELLO"/);
    deepStrictEqual(project.processes(), []);
  });

  test("that breaks is named, with what it said", async () => {
    project.write("plugin/index.js", 'throw new Error("no voice");');
    const { status, output } = await project.pulumi(UP);
    ok(status !== 0);
    match(output, /no voice/);
  });
});

/** A component with a schema of its own: no TypeScript is analysed at run time. */
const PLUGIN = `
  const pulumi = require("@pulumi/pulumi");
  const schema = JSON.stringify({ name: "shouting", version: "0.1.0", resources: { "shouting:index:Shout": { isComponent: true } } });
  class Shout extends pulumi.ComponentResource {
    constructor(name, { word }, opts) {
      super("shouting:index:Shout", name, {}, opts);
      this.loud = pulumi.output(word).apply((text) => text.toUpperCase());
      this.registerOutputs({ loud: this.loud });
    }
  }
  const construct = async (name, type, inputs, options) => {
    const made = new Shout(name, inputs, options);
    return { urn: made.urn, state: { loud: made.loud } };
  };
  module.exports = () => pulumi.provider.main({ version: "0.1.0", schema, construct }, process.argv.slice(2));`;

function local(create: string): string {
  return `import * as command from "@pulumi/command"; new command.local.Command("c", { create: ${JSON.stringify(create)} });`;
}

/** Looks again and again; the test's own time limit ends it. */
async function waitFor(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(50);
}
