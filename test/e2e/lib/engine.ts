import { mkdtempSync, readdirSync, readFileSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type InlineProgramArgs, LocalWorkspace, type PulumiFn, type Stack } from "@pulumi/pulumi/automation/index.js";
import { pulumiHome } from "../../../bootstrap/places.mjs";
import type { Lab } from "../../../lab/lab.ts";
import { backendUrl } from "../../../lab/pulumi-stack.ts";

/** A stack of the real engine, with a state of its own that is gone afterwards. */
export type TestStack = {
  readonly stack: Stack;
  /** Runs the stack's operations on another program from now on. */
  readonly setProgram: (program: PulumiFn) => void;
  /** Changes that an `up` of the program would make, by kind. */
  readonly changes: () => Promise<Record<string, number>>;
  /** What a person sees of `pulumi preview --diff`. */
  readonly diff: () => Promise<string>;
  /** Where the engine keeps its state. */
  readonly stateDir: string;
  /** All that the engine keeps of the stack, as it stands on the disk. */
  readonly storedText: () => string;
  /** What its state says to have begun and not ended: text with the URNs. */
  readonly underWay: () => string;
  /** Calls at the given one of the next times at which the engine begins to write its state. @returns how to end it */
  readonly onWrite: (nth: number, call: () => void) => () => void;
  readonly close: () => void;
};

export type TestStackOptions = {
  /** Directory of another test stack's state, to work on the same stack. */
  readonly state?: string;
  /** Where the engine finds its plugins; default: where the bootstrap put them. */
  readonly home?: string;
};

export async function openTestStack(
  lab: Lab,
  projectName: string,
  program: PulumiFn,
  { state = mkdtempSync(join(tmpdir(), "lbpair-state-")), home = pulumiHome }: TestStackOptions = {},
): Promise<TestStack> {
  let current = program;
  const args: InlineProgramArgs = { stackName: "test", projectName, program: () => current() };
  const stack = await LocalWorkspace.createOrSelectStack(args, {
    // Otherwise it makes one that nobody removes. Operations on one stack may run at once, each with settings of its own.
    workDir: mkdtempSync(join(state, "workspace-")),
    pulumiHome: home,
    envVars: {
      PULUMI_BACKEND_URL: backendUrl(state),
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DISABLE_REGISTRY_RESOLVE: "true",
    },
  });
  const stacksDir = join(state, ".pulumi", "stacks", projectName);
  const stateFile = join(stacksDir, "test.json");
  await stack.setAllConfig(configOf(lab));
  const seen = async (operation: (onOutput: (text: string) => void) => Promise<unknown>) => {
    let text = "";
    await operation((part) => {
      text += part;
    });
    return text;
  };
  return {
    stack,
    setProgram: (next) => {
      current = next;
    },
    changes: async () => (await stack.preview({ color: "never" })).changeSummary,
    diff: () => seen((onOutput) => stack.preview({ diff: true, color: "never", onOutput })),
    stateDir: state,
    storedText: () =>
      readdirSync(state, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
        .join("\n"),
    underWay: () => readFileSync(stateFile, "utf8").split('"pending_operations"').at(1) ?? "",
    onWrite: (nth, call) => {
      const begun = new Set<string | null>();
      // A file beside the state is written first, then it takes the state's name.
      const watcher = watch(stacksDir, (_, file) => {
        if (!/^test\.json\.\w+\.tmp$/.test(file ?? "") || begun.has(file)) return;
        begun.add(file);
        if (begun.size === nth) call();
      });
      return () => watcher.close();
    },
    close: () => rmSync(state, { recursive: true, force: true }),
  };
}

/** The lab's machines and secrets, as examples/article wants them. */
function configOf(lab: Lab): Record<string, { value: string; secret?: true }> {
  const machines = lab.hosts.map(({ name, address, hostKey }) => [name, { address, hostKey }]);
  return {
    hostname: { value: "example.com" },
    virtualAddress: { value: `${lab.virtualAddresses[0]?.address}/24` },
    machines: { value: JSON.stringify(Object.fromEntries(machines)) },
    privateKey: { value: lab.privateKey, secret: true },
    statsPassword: { value: "s3cret-of-the-test", secret: true },
  };
}
