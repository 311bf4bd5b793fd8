import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { secret, type Values } from "../../lab/offline/grpc/values.ts";
import { openEngine } from "./engine.ts";
import { must, openPlugin, type Plugin } from "./plugin.ts";
import { COMMAND, LOCAL } from "./scenario-stage.ts";

let engine: Awaited<ReturnType<typeof openEngine>>;
let plugin: Plugin;

before(async () => {
  engine = await openEngine();
  plugin = await openPlugin("command", { engine: engine.address, environment: { FROM_OUTSIDE: "yes" } });
});
after(async () => {
  await plugin.close();
  engine.close();
});

/** What the engine is told while something is done. */
async function toldDuring(act: () => Promise<unknown>): Promise<string[]> {
  const from = engine.told.length;
  await act();
  return engine.told.slice(from).map(({ severity, text, isStatus }) => `${isStatus ? "status" : severity}: ${text}`);
}

test("output is told line by line while the command runs, as `logging` says", async () => {
  const create = "printf 'one\\ntw'; sleep 0.05; echo o; printf 'e\\nlast' >&2";
  const run = (logging: string) => () => plugin.create(LOCAL, { create, logging });
  deepStrictEqual((await toldDuring(run("stdout"))).sort(), ["status: one", "status: two"]);
  deepStrictEqual((await toldDuring(run("stderr"))).sort(), ["status: e", "status: last"]);
  deepStrictEqual((await toldDuring(run("none"))).sort(), []);
  strictEqual((await toldDuring(run("stdoutAndStderr"))).length, 4);
});

test("a command that prints a flood of lines is told in bundles, whole and in order", async () => {
  const told = await toldDuring(() => plugin.create(LOCAL, { create: "seq 1 20000" }));
  ok(told.length < 10_000);
  const lines = told
    .map((one) => one.replace("status: ", ""))
    .join("\n")
    .split("\n");
  deepStrictEqual([lines.length, lines[0], lines[19_999]], [20_000, "1", "20000"]);
});

test("a plugin without an engine works all the same", async () => {
  const alone = await openPlugin("command");
  const { out } = must(await alone.create(LOCAL, { create: "seq 1 100000 | tail -n 1; seq 1 100000 >&2" }));
  strictEqual(out["stdout"], "100000");
  strictEqual(await alone.close(), 0);
});

test("a secret input is a secret output, and stdout is none", async () => {
  const { out } = must(await plugin.create(LOCAL, { create: "cat", stdin: secret("s3cret"), logging: "none" }));
  deepStrictEqual([out["stdin"], out["stdout"]], [secret("s3cret"), "s3cret"]);
});

test("a secret that changes is one difference, whatever is inside", async () => {
  const [old, next] = [secret({ host: "a", password: secret("x") }), secret({ host: "a", password: secret("y") })];
  const compare = async (connection: Values | typeof next) =>
    must(await plugin.diff(COMMAND, { connection: old, create: "true" }, { connection, create: "true" })).detail;
  deepStrictEqual(await compare(next), { connection: "UPDATE" });
  deepStrictEqual(await compare(secret({ password: "x", host: "a" })), {});
  deepStrictEqual(await compare({ host: "a", password: "x" }), { connection: "UPDATE" });
});

test("a command of this machine has the plugin's environment, its own and its earlier output", async () => {
  const inputs = {
    create: "echo one; echo bad >&2",
    update: "echo $FROM_OUTSIDE $OWN $PULUMI_COMMAND_STDOUT $PULUMI_COMMAND_STDERR",
    environment: { OWN: "own" },
  };
  const { out } = must(await plugin.create(LOCAL, inputs));
  const updated = must(await plugin.update(LOCAL, out, inputs));
  strictEqual(updated.out["stdout"], "yes own one bad");
  const without = must(await plugin.update(LOCAL, out, { ...inputs, addPreviousOutputInEnv: false }));
  strictEqual(without.out["stdout"], "yes own");
});

test("a command of this machine takes another interpreter", async () => {
  const { out } = must(
    await plugin.create(LOCAL, { create: "console.log(6 * 7)", interpreter: [process.execPath, "-e"] }),
  );
  strictEqual(out["stdout"], "42");
});

test("an error quotes the command on one line and repeats both streams in order", async () => {
  const answer = await plugin.create(LOCAL, { create: 'echo "a\tb"\nexit 1 # \\' });
  deepStrictEqual(answer, { error: 'exit status 1: running "echo \\"a\\tb\\"\\nexit 1 # \\\\":\na\tb\n' });
});

test("cancelling ends a command of this machine", async () => {
  const own = await openPlugin("command", { engine: engine.address });
  const isRunning = engine.until(({ text }) => text === "running");
  const creation = own.create(LOCAL, { create: "echo running; exec sleep 60" });
  await isRunning;
  await own.cancel();
  const answer = await creation;
  ok("error" in answer);
  match(answer.error, /aborted|killed/);
  strictEqual(await own.close(), 0);
});

test("files that globs name come back as assets and as an archive", async () => {
  const dir = mkdtempSync(join(tmpdir(), "lbpair-offline-"));
  try {
    mkdirSync(join(dir, "src/deep"), { recursive: true });
    for (const file of ["src/a.js", "src/deep/b.js", "src/secret.js", "logo.svg"]) writeFileSync(join(dir, file), file);
    const patterns = ["src/**.js", "*.{svg,png}", "!**secret.*"];
    const { out } = must(
      await plugin.create(LOCAL, { create: "true", dir, assetPaths: patterns, archivePaths: patterns }),
    );
    deepStrictEqual(Object.keys(out["assets"] as Values).sort(), ["logo.svg", "src/a.js", "src/deep/b.js"]);
    deepStrictEqual(Object.keys((out["archive"] as Values)["assets"] as Values).sort(), [
      "logo.svg",
      "src/a.js",
      "src/deep/b.js",
    ]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("local.run runs at every call", async () => {
  const { out } = must(await plugin.invoke("command:local:run", { command: "cat; echo out", stdin: "in " }));
  deepStrictEqual([out["stdout"], out["stderr"]], ["in out", ""]);
  const refused = must(await plugin.invoke("command:local:run", { stdin: "in" }));
  deepStrictEqual(refused.failures, ["command: missing, but required"]);
});

test("a token that the stand-in lacks is named in the error", async () => {
  const answer = await plugin.create("command:remote:CopyFile", {});
  ok("error" in answer);
  match(answer.error, /^the offline command plugin has no resource "command:remote:CopyFile", only /);
});

test("the schema has every resource, with its secrets and defaults", async () => {
  const { name, version, resources, types } = (await plugin.schema()) as Record<string, Record<string, never>>;
  deepStrictEqual(
    [name, version, Object.keys(resources ?? {})],
    ["command", "1.2.1", [COMMAND, "command:remote:CopyToRemote", LOCAL]],
  );
  const connection = types?.["command:remote:Connection"] as unknown as { properties: Record<string, object> };
  deepStrictEqual(connection.properties["privateKey"], { type: "string", secret: true });
  const { inputProperties } = (resources as Record<string, { inputProperties: Record<string, object> }>)[COMMAND] ?? {};
  deepStrictEqual(inputProperties?.["triggers"], {
    type: "array",
    items: { $ref: "pulumi.json#/Any" },
    replaceOnChanges: true,
  });
  deepStrictEqual(connection.properties["port"], { type: "number", default: 22 });
});

test("a plugin whose parent is killed ends by itself", async () => {
  const main = fileURLToPath(new URL("../../lab/offline/command/main.ts", import.meta.url));
  const parentScript = `require("child_process").spawn(process.execPath, [${JSON.stringify(main)}], { stdio: "inherit" })`;
  const parent = spawn(process.execPath, ["-e", parentScript], { stdio: ["ignore", "pipe", "inherit"] });
  await once(parent.stdout, "data"); // the plugin's port
  parent.kill("SIGKILL");
  await once(parent.stdout.resume(), "end"); // the last holder of the pipe is gone
});
