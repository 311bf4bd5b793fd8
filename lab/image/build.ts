import { spawn } from "node:child_process";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Report } from "../../bootstrap/report.mjs";
import { runOrThrow } from "../command.ts";
import { findAptSource } from "./apt-source.ts";
import { PACKAGES, recipeHash, SETUP, SUITE } from "./recipe.ts";

/** Lines debootstrap prints for this recipe, about: four for each package. */
const LINES_EXPECTED = 870;
const LAST_LINES = 12;

/** Root directory of the hosts' image; made when the recipe has changed or nobody made it yet. */
export async function ensureImage(cacheDir: string, report: Report): Promise<string> {
  const dir = join(cacheDir, "lab", `image-${SUITE}-${process.arch}-${recipeHash(process.arch)}`);
  if (await exists(dir)) return dir;
  await report.step(`lab image: Debian ${SUITE} by debootstrap`, () => buildImage(dir, report));
  return dir;
}

/** Builds beside the final place and renames, so that a killed build leaves nothing that looks like an image. */
async function buildImage(dir: string, report: Report): Promise<string> {
  const source = await findAptSource(SUITE);
  const building = `${dir}.building`;
  await removeOthers(dirname(dir));
  await mkdir(building, { recursive: true });
  await debootstrap(building, source, report);
  await runOrThrow([...DIES_WITH_US, "chroot", building, "/bin/sh", "-c", SETUP]);
  await rename(building, dir);
  return `from ${source.uri}`;
}

/** Images of older recipes, and what a killed build left. */
async function removeOthers(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names.filter((each) => each.startsWith("image-"))) {
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

/**
 * In a mount namespace of its own, and killed when we are killed: debootstrap
 * mounts /proc and /sys in the target, which must not stay behind.
 */
const DIES_WITH_US = [
  ...["setpriv", "--pdeathsig", "KILL"],
  ...["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"],
];

async function debootstrap(target: string, source: { uri: string; keyring: string }, report: Report): Promise<void> {
  const [program = "", ...args] = [
    ...[...DIES_WITH_US, "debootstrap", "--variant=minbase", `--keyring=${source.keyring}`],
    ...[`--include=${PACKAGES.join(",")}`, SUITE, target, source.uri],
  ];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length > LAST_LINES) lines.shift();
    count += 1;
    report.progress(Math.min(count / LINES_EXPECTED, 1), line.replace(/^I: /, ""));
  }
  const status = child.exitCode ?? (await new Promise<number | null>((resolve) => child.once("close", resolve)));
  if (status === 0) return;
  throw new Error(`debootstrap ${basename(target)}: exit ${status}:\n${lines.join("\n")}`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
