import { spawn } from "node:child_process";
import { DEFAULT_LAB, downLab, type Lab, openLab, openReport, type Segment, upLab } from "./lab.ts";
import { ensureLabImage } from "./up.ts";

const USAGE = `lab [--name <lab>] <verb>
  up                             bring the lab up
  status                         what is up, what is cut, what is off
  ssh <host> [words…]            log in as root from the lab's network, or run the words there
  exec <host> -- <command…>      run a command on a host, also when its cables are cut
  enter lab|client|<host> -- …   run a program of this machine in a network namespace of the lab
  cut <host> [front|back]        unplug a host's cables
  heal <host> [front|back]       plug them in again
  kill <host>                    power cut
  boot <host>                    switch a killed host on
  down                           remove everything
  image                          make the hosts' image if it isn't there`;

const SEGMENT_NAMES: readonly string[] = ["front", "back"] satisfies Segment[];
const WRONG_USE = 2;
/** Verbs that want nothing more. */
const ALONE: readonly string[] = ["up", "status", "down", "image"];

/** Does what a command line says and returns the exit status. */
export async function runVerb(words: readonly string[], options: { readonly cacheDir: string }): Promise<number> {
  const { name, verb, args } = parseWords(words);
  // A name that was said in another way would be another lab than meant, and the one meant by default would go down.
  if (ALONE.includes(verb) && args.length > 0) return wrongUse();
  const report = openReport(process.stderr);
  try {
    switch (verb) {
      case "up":
        return await up(name, options.cacheDir);
      case "down":
        await report.step(`lab ${name}: down`, async () => void (await downLab(name)));
        return 0;
      case "image":
        await ensureLabImage(options.cacheDir, report);
        return 0;
      default:
        return await runOnLab(name, verb, args);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

async function up(name: string, cacheDir: string): Promise<number> {
  if ((await openLab(name)) !== undefined) {
    console.log(`lab ${name}: is up already`);
    return 0;
  }
  const interrupt = new AbortController();
  const stop = (signal: string) => interrupt.abort(new Error(`lab ${name}: ended by ${signal}, cleared away`));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  await upLab({ name, cacheDir, report: openReport(process.stderr), signal: interrupt.signal });
  process.off("SIGINT", stop).off("SIGTERM", stop);
  return 0;
}

async function runOnLab(name: string, verb: string, args: readonly string[]): Promise<number> {
  const [target = "", ...rest] = args;
  const words = rest[0] === "--" ? rest.slice(1) : rest;
  const action = ACTIONS[verb];
  if (action === undefined || (target === "" && verb !== "status")) return wrongUse();
  const lab = await openLab(name);
  if (lab !== undefined) return action(lab, target, words);
  console.error(`lab ${name}: is not up`);
  return 1;
}

function wrongUse(): number {
  console.error(USAGE);
  return WRONG_USE;
}

type Action = (lab: Lab, target: string, words: readonly string[]) => Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = {
  status: showStatus,
  ssh: (lab, target, words) => inherit([...lab.enter("lab"), ...lab.ssh(target), ...words]),
  enter: (lab, target, words) => inherit([...lab.enter(target), ...words]),
  exec: async (lab, target, words) => {
    const result = await lab.exec(target, words.map(quote).join(" "));
    process.stdout.write(result.stdout);
    process.stderr.write(result.stderr);
    return result.status;
  },
  cut: (lab, target, [segment]) => lab.cut(target, segmentOf(segment)).then(() => 0),
  heal: (lab, target, [segment]) => lab.heal(target, segmentOf(segment)).then(() => 0),
  kill: (lab, target) => lab.kill(target).then(() => 0),
  boot: (lab, target) => lab.boot(target).then(() => 0),
};

async function showStatus(lab: Lab): Promise<number> {
  console.log(`lab ${lab.name}, up since ${lab.startedAt}`);
  for (const host of lab.hosts) {
    const cuts = await lab.cuts(host.name);
    const power = (await lab.isOn(host.name)) ? "on " : "off";
    const cables = cuts.length === 0 ? "" : `  cut: ${cuts.join(" ")}`;
    console.log(`  ${host.name.padEnd(5)} ${power} ${host.role.padEnd(8)} ${host.address}  ${host.address6}${cables}`);
  }
  console.log(`  ssh key ${lab.privateKeyPath}`);
  return 0;
}

function parseWords(words: readonly string[]): { name: string; verb: string; args: readonly string[] } {
  const [first, second, ...rest] = words;
  if (first !== "--name") return { name: DEFAULT_LAB, verb: first ?? "", args: words.slice(1) };
  return { name: second ?? "", verb: rest[0] ?? "", args: rest.slice(1) };
}

function segmentOf(word: string | undefined): Segment | undefined {
  if (word === undefined || SEGMENT_NAMES.includes(word)) return word as Segment | undefined;
  throw new Error(`lab: segment: got ${JSON.stringify(word)}, want front or back`);
}

/** One word of a shell's command line. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function inherit([program = "", ...args]: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? 1));
  });
}
