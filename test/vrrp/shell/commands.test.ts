import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseDocument } from "../../../config/document.ts";
import { vrrpDocument } from "../../../config/vrrp.ts";
import { silentLog } from "../../../daemon/log.ts";
import type { TrackResult } from "../../../vrrp/core/track.ts";
import { Hooks } from "../../../vrrp/shell/hooks.ts";
import { runCommand } from "../../../vrrp/shell/run-command.ts";
import { Trackers } from "../../../vrrp/shell/trackers.ts";

const TIMEOUT_MS = 30_000;
const sh = (text: string) => ["/bin/sh", "-c", text];

function parse(...lines: object[]) {
  const edge = { instance: "edge", vrid: 51, priority: 1, addresses: ["192.0.2.100/24"] };
  const all = [{ vrrp: "lb1" }, ...lines];
  if (!lines.some((line) => "instance" in line)) all.push(edge as never);
  const parsed = parseDocument(vrrpDocument, all.map((line) => `${JSON.stringify(line)}\n`).join(""));
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}
const withHooks = (...hooks: object[]) =>
  parse({ instance: "edge", vrid: 51, priority: 1, addresses: ["192.0.2.100/24"], hooks });

test("a program is well by its status; one that takes too long ends with all that it has started", {
  timeout: TIMEOUT_MS,
}, async () => {
  assert.deepEqual(await runCommand(sh("exit 0"), 10_000), { isOk: true, because: "ended with status 0" });
  assert.deepEqual(await runCommand(sh("exit 3"), 10_000), { isOk: false, because: "ended with status 3" });
  assert.equal((await runCommand(["/does/not/exist"], 10_000)).isOk, false);
  const slow = await runCommand(sh("trap '' TERM; sleep 1000 & wait; sleep 1000"), 20);
  assert.deepEqual(slow, { isOk: false, because: "took longer than 20 ms" });
});

test("a tracked script and a tracked process are told of when they change", { timeout: TIMEOUT_MS }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "lbpair-track-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const comm = readFileSync("/proc/self/comm", "utf8").trimEnd();
  const told: string[] = [];
  const trackers = new Trackers((_, { what, isUp }: TrackResult) => {
    told.push(`${what} ${isUp}`);
  });
  t.after(() => trackers.close());
  trackers.configure(
    parse(
      { script: "file", command: sh(`mkdir ${directory}/seen && exit 1; exit 0`), intervalMs: 10, timeoutMs: 5_000 },
      { process: "own", comm, intervalMs: 10 },
      { process: "other", comm: "no-such-thing", intervalMs: 10 },
    ),
  );
  assert.ok(trackers.results.every(({ isUp }) => isUp === null));
  while (told.length < 4) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(told.sort(), ["process other false", "process own true", "script file false", "script file true"]);
});

test("hooks run in their order, never two at once, and what was overtaken is skipped", async () => {
  const ran: string[] = [];
  let release = () => {};
  const hooks = new Hooks(silentLog, async ([program = ""], _, environment = {}) => {
    ran.push(`${program} ${environment["LBPAIR_STATE"]}`);
    if (ran.length === 1) await new Promise<void>((resolve) => (release = resolve));
    return { isOk: true, because: "" };
  });
  hooks.configure(withHooks({ command: ["/a"] }, { command: ["/b"] }));
  for (const state of ["Backup", "Active", "Backup", "Active"]) hooks.tell("edge", state);
  assert.deepEqual(ran, ["/a Backup"]);
  release();
  await hooks.close();
  assert.deepEqual(ran, ["/a Backup", "/a Active", "/b Active"]);
});

test("a hook that failed is tried again until it succeeds, with the state of then", {
  timeout: TIMEOUT_MS,
}, async () => {
  const ran: (string | undefined)[] = [];
  const succeeded = Promise.withResolvers<void>();
  const hooks = new Hooks(silentLog, async (_command, _timeout, environment = {}) => {
    ran.push(environment["LBPAIR_STATE"]);
    if (ran.length === 3) succeeded.resolve();
    return { isOk: ran.length === 3, because: "" };
  });
  hooks.configure(withHooks({ command: ["/a"], retryMs: 1 }));
  hooks.tell("edge", "Active");
  await succeeded.promise;
  await hooks.close();
  assert.deepEqual(ran, ["Active", "Active", "Active"]);
});

test("a real hook gets state, instance and addresses", { timeout: TIMEOUT_MS }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "lbpair-hook-"));
  t.after(() => rmSync(directory, { recursive: true }));
  const hooks = new Hooks(silentLog);
  hooks.configure(
    withHooks({ command: sh(`echo $LBPAIR_STATE $LBPAIR_INSTANCE $LBPAIR_ADDRESSES > ${directory}/told`) }),
  );
  hooks.tell("edge", "Active");
  await hooks.close();
  assert.equal(readFileSync(join(directory, "told"), "utf8"), "Active edge 192.0.2.100/24\n");
});
