// node bootstrap/run.mjs <verb> [words…]: brings the machine to what the verb
// needs, then runs it. Written for any Node from 20.11 on, without packages:
// it is what fetches them.
import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { buildStep } from "./build.mjs";
import { debianStep, testPackagesStep } from "./debian.mjs";
import { frrStep } from "./frr.mjs";
import { goExampleStep } from "./go-example.mjs";
import { ensureLabImage } from "./lab-image.mjs";
import { withLock } from "./lock.mjs";
import { requireLabMachine, requireLinux } from "./machine.mjs";
import { nodeModulesStep } from "./node-modules.mjs";
import { cliDir, repoDir } from "./places.mjs";
import { pluginsStep } from "./plugins.mjs";
import { pulumiStep } from "./pulumi.mjs";
import { pythonStep } from "./python.mjs";
import { Refusal } from "./refusal.mjs";
import { openReport } from "./report.mjs";
import { bunStep, nodeForDaemonsStep, nodeStep, ownNode } from "./runtimes.mjs";
import { sdksStep } from "./sdks.mjs";
import { takeSteps } from "./steps.mjs";
import { webServersStep } from "./web-servers.mjs";
import { yamlHostStep } from "./yaml-host.mjs";

/** @typedef {{ entry: string | undefined, needsLab: boolean, steps: readonly import("./steps.mjs").Step[] }} Verb */

const SOURCES = [nodeStep, nodeModulesStep];
const LAB = [...SOURCES, debianStep];
/** For programs in other languages. */
const LANGUAGES = [yamlHostStep, sdksStep, goExampleStep, pythonStep];
const EVERYTHING = [...LAB, bunStep, buildStep, pulumiStep, pluginsStep];

/** @type {Record<string, Verb>} */
const VERBS = {
  check: { entry: "test/check.ts", needsLab: false, steps: SOURCES },
  build: { entry: undefined, needsLab: false, steps: [...SOURCES, bunStep, buildStep] },
  sdk: { entry: undefined, needsLab: false, steps: [...SOURCES, sdksStep] },
  lab: { entry: "lab/main.ts", needsLab: true, steps: LAB },
  demo: { entry: "lab/demo/main.ts", needsLab: true, steps: EVERYTHING },
  test: {
    entry: "test/main.ts",
    needsLab: true,
    steps: [...EVERYTHING, testPackagesStep, frrStep, nodeForDaemonsStep, ...LANGUAGES, webServersStep],
  },
  bench: { entry: "bench/main.ts", needsLab: true, steps: [...EVERYTHING, nodeForDaemonsStep] },
};
const WRONG_USE = 2;

process.exitCode = await main(process.argv.slice(2));

/** @param {string[]} words */
async function main([name = "", ...words]) {
  const verb = VERBS[name];
  if (verb === undefined) {
    console.error(`bootstrap: verb: got ${JSON.stringify(name)}, want one of ${Object.keys(VERBS).join(" ")}`);
    return WRONG_USE;
  }
  try {
    requireLinux();
    if (verb.needsLab) requireLabMachine(name);
    await withLock("lbpair bootstrap", () => prepare(verb), tellWaiting);
  } catch (error) {
    console.error(error instanceof Refusal ? `lbpair: ${error.message}` : error);
    return 1;
  }
  return verb.entry === undefined ? 0 : runEntry(verb.entry, words);
}

/** @param {Verb} verb */
async function prepare(verb) {
  const startedAtMs = performance.now();
  const inUse = await takeSteps(verb.steps, openReport(process.stderr));
  if (verb.needsLab) await ensureLabImage();
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  console.error(`ready in ${seconds} s: ${inUse.join(", ")}`);
}

/**
 * The verb itself, with our Node and Pulumi first on PATH. Its signals are its own: a terminal sends them to both of us,
 * and it must be the one that clears away.
 *
 * @param {string} entry
 * @param {string[]} words
 */
async function runEntry(entry, words) {
  const PATH = [dirname(ownNode()), process.env.PATH, cliDir].join(delimiter);
  const child = spawn(ownNode(), [join(repoDir, entry), ...words], {
    stdio: "inherit",
    env: { ...process.env, PATH },
  });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => {
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve(status ?? (signal === "SIGINT" ? 130 : 143)));
  });
}

function tellWaiting() {
  console.error("waiting for another bootstrap on this machine");
}
