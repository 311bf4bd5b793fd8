import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { runOrThrow } from "../../lab/command.ts";
import { downLab, openLab } from "../../lab/lab.ts";
import { NAMESPACES_DIR, placesOf } from "../../lab/places.ts";
import { remainsOf } from "./remains.ts";

const NAME = "lbtestcrash";
const PLACES = placesOf(NAME);
/** Nothing waits longer for what has to come: a bound against hanging, not an expectation. */
const PATIENCE_MS = 60_000;
const LAB_MAIN = join(import.meta.dirname, "../../lab/main.ts");

/** Moments of `up`: what has just appeared when the blow falls. */
const MOMENTS = [
  ["its folder is there", PLACES.dir],
  ["its network is there", "/run/netns/lbtestcrash-client"],
  ["the first host's disk is there", join(PLACES.hostDir("lb1"), "root/etc/hostname")],
  ["hosts are booting", join(PLACES.hostDir("web9"), "console.log")],
] as const;

describe("up and down after a crash", () => {
  before(() => downLab(NAME));
  after(() => downLab(NAME));

  for (const [moment, path] of MOMENTS) {
    test(`up killed when ${moment}: down leaves nothing`, async () => {
      await killUpWhen(path, "SIGKILL");
      assert.notDeepEqual(await remainsOf(NAME), []);
      await downLab(NAME);
      assert.deepEqual(await remainsOf(NAME), []);
    });
  }

  test("remains of a power cut of this machine: down leaves nothing", async () => {
    await mkdir(NAMESPACES_DIR, { recursive: true });
    for (const namespace of [PLACES.labNamespace, PLACES.hostNamespace("web3")]) {
      await runOrThrow(["ip", "netns", "add", namespace]);
    }
    await writeFile(join(NAMESPACES_DIR, PLACES.hostNamespace("web4")), "");
    await downLab(NAME);
    assert.deepEqual(await remainsOf(NAME), []);
  });

  test("up killed half-way: the next up clears away and comes up", async () => {
    await killUpWhen(MOMENTS[3][1], "SIGKILL");
    assert.equal(await openLab(NAME), undefined);
    const { status, output } = await lab("up");
    assert.equal(status, 0, output);
    assert.match(output, /clearing away an unfinished one/);
    assert.equal((await openLab(NAME))?.hosts.length, 11);
  });

  test("up when it is up says so and exits 0", async () => {
    assert.deepEqual(await lab("up"), { status: 0, output: `lab ${NAME}: is up already\n` });
  });

  test("down ends what others run in the lab's network", async () => {
    const running = await openLab(NAME);
    const [program = "", ...words] = [...(running?.enter("client") ?? []), "sleep", "600"];
    const guest = spawn(program, words, { stdio: "ignore" });
    await once(guest, "spawn");
    await until(async () => (await running?.run("client", ["sh", "-c", "ls -l /proc/*/ns/net"]))?.status !== undefined);
    const end = once(guest, "exit");
    await downLab(NAME);
    assert.deepEqual(await end, [null, "SIGKILL"]);
    assert.deepEqual(await remainsOf(NAME), []);
  });

  test("up interrupted from the keyboard clears away by itself and exits 1", async () => {
    const { status, output } = await killUpWhen(MOMENTS[3][1], "SIGINT");
    assert.equal(status, 1);
    assert.match(output, /ended by SIGINT, cleared away/);
    assert.deepEqual(await remainsOf(NAME), []);
  });
});

async function killUpWhen(path: string, signal: NodeJS.Signals): Promise<{ status: number | null; output: string }> {
  const up = startLab("up");
  const early = up.end.then(({ output }) => assert.fail(`up ended before ${path} was there: ${output}`));
  await Promise.race([until(() => access(path).then(isTrue, isFalse)), early]);
  up.child.kill(signal);
  return up.end;
}

function lab(verb: string): Promise<{ status: number | null; output: string }> {
  return startLab(verb).end;
}

function startLab(verb: string) {
  const child = spawn(process.execPath, [LAB_MAIN, "--name", NAME, verb], { stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  const end = once(child, "exit").then(([status]: (number | null)[]) => ({
    status: status ?? null,
    output: Buffer.concat(chunks).toString(),
  }));
  return { child, end };
}

async function until(isTrueNow: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!(await isTrueNow())) {
    assert.ok(performance.now() < deadlineMs, `still not so after ${PATIENCE_MS} ms`);
    await delay(1);
  }
}

const isTrue = () => true;
const isFalse = () => false;
