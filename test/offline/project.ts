import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { installOffline } from "../../lab/offline/install.ts";
import { backendUrl } from "../../lab/pulumi-stack.ts";

/** How a run of the CLI ended and what it printed, both streams as they came. */
export type Ran = { readonly status: number | null; readonly output: string };

/** A Pulumi project of its own: stand-ins, state and secrets shared with nobody. */
export type Project = {
  readonly folder: string;
  readonly write: (file: string, content: string) => void;
  /** Runs the real CLI in the project's folder. */
  readonly pulumi: (args: string, environment?: Readonly<Record<string, string>>) => Promise<Ran>;
  /** Starts it and leaves it running. */
  readonly start: (args: string) => { child: ChildProcess; output: () => string; ended: Promise<Ran> };
  /** Processes that this project's runs have started, also of those that died. */
  readonly processes: () => string[];
  readonly close: () => void;
};

const REPO = join(import.meta.dirname, "../..");
const QUIET = {
  PULUMI_CONFIG_PASSPHRASE: "test",
  PULUMI_SKIP_UPDATE_CHECK: "true",
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
  PULUMI_CREDENTIAL_STORE: "plaintext",
};

/** Makes a project of files, with a stack `dev`. Needs `pulumi` on PATH. */
export async function openProject(files: Readonly<Record<string, string>>): Promise<Project> {
  const root = mkdtempSync(join(tmpdir(), "lbpair-project-"));
  const [folder, home, state, bin] = ["project", "home", "state", "bin"].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const path of [folder, home, state, bin]) mkdirSync(path);
  symlinkSync(join(REPO, "node_modules"), join(root, "node_modules"));
  await installOffline({ pulumiHome: home, pathDirectory: bin });
  const write = (file: string, content: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  };
  for (const [file, content] of Object.entries(files)) write(file, content);
  const env = {
    ...process.env,
    ...QUIET,
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: backendUrl(state),
    PATH: [dirname(process.execPath), bin, process.env["PATH"]].join(delimiter),
    LBPAIR_TEST_PROJECT: root,
  };
  const start: Project["start"] = (args) => run(args, folder, env);
  const pulumi: Project["pulumi"] = (args, more) => run(args, folder, { ...env, ...more }).ended;
  const made = await pulumi("stack init dev");
  if (made.status !== 0) throw new Error(made.output);
  return {
    ...{ folder, write, pulumi, start },
    processes: () => processesWith(`LBPAIR_TEST_PROJECT=${root}`),
    close: () => rmSync(root, { recursive: true }),
  };
}

function run(args: string, cwd: string, env: NodeJS.ProcessEnv) {
  const words = [...args.split(" "), "--non-interactive", "--color", "never"];
  const child = spawn("pulumi", words, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, output }));
  });
  return { child, output: () => output, ended };
}

/** Command lines of the processes whose environment holds a variable. */
function processesWith(variable: string): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      return variables.includes(variable) ? [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")] : [];
    } catch {
      return []; // no process, or one that has just ended
    }
  });
}
