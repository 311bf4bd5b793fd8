import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startWatch, type Watch } from "../../lab/client/watch.ts";
import type { Lab } from "../../lab/lab.ts";
import { backendDirIn, configure, expectSuccess, openStack, type PulumiStack } from "../../lab/pulumi-stack.ts";
import { cpuSeconds } from "../process-cost.ts";

/** The stack that is measured, worked on as a user does it: by the CLI. */
export type Site = {
  /** What `pulumi <words>` costs. */
  readonly cost: (...words: readonly string[]) => Promise<Cost>;
  readonly set: (values: Readonly<Record<string, string>>) => Promise<void>;
  readonly resources: () => Promise<ResourceCounts>;
  /** Logins that each host has seen so far. */
  readonly logins: () => Promise<Record<string, number>>;
  /** Requests through the virtual address, 20 a second, each on a connection of its own. */
  readonly startRequests: () => Promise<Watch>;
  /** One app more, in a stack of its own. */
  readonly openOwnApp: () => Promise<Pick<Site, "cost" | "set">>;
};

/** Of an operation: time on the clock, and that of all its processes on the processors. */
export type Cost = { readonly seconds: number; readonly cpuSeconds: number };

export type ResourceCounts = { readonly total: number; readonly perHost: number };

export const BALANCERS = ["lb1", "lb2"];
const REQUEST_INTERVAL_MS = 50;
/** A machine that is busy with the engine answers late; what counts here is whether it answers. */
const ANSWER_WAIT_MS = 10_000;

export async function openSite(lab: Lab, directory: string, name: string): Promise<Site> {
  const stateDir = join(directory, name);
  const programDir = join(import.meta.dirname, "program");
  const stack = await openStack({ lab, programDir, stackName: name, stateDir });
  const machines = Object.fromEntries(lab.hosts.map(({ name, address, hostKey }) => [name, { address, hostKey }]));
  const virtual = lab.virtualAddresses[0]?.address ?? "";
  await configure(stack, { machines: JSON.stringify(machines), virtualAddress: `${virtual}/24` }, "plain");
  await configure(stack, { privateKey: lab.privateKey, statsPassword: "correct horse battery" }, "secret");
  const printed = async (...words: readonly string[]) =>
    (await expectSuccess(stack.pulumi(words, "kept"), `pulumi ${words.join(" ")}`)).stdout;
  return {
    cost: costing(stack),
    set: (values) => configure(stack, values, "plain"),
    resources: async () => countResources(await printed("stack", "export", "--stack", name)),
    logins: async () =>
      Object.fromEntries(await Promise.all(BALANCERS.map(async (host) => [host, await logins(lab, host)]))),
    startRequests: async () => {
      const caPath = join(stateDir, "ca.pem");
      await writeFile(caPath, await printed("stack", "output", "caCertificate", "--stack", name));
      const browser = { hostname: "example.com", address: virtual, caPath };
      return startWatch(lab, browser, "/app2/", REQUEST_INTERVAL_MS, ANSWER_WAIT_MS);
    },
    openOwnApp: () => openOwnApp(lab, stateDir, name),
  };
}

async function openOwnApp(lab: Lab, pairStateDir: string, pairName: string): Promise<Pick<Site, "cost" | "set">> {
  const programDir = join(import.meta.dirname, "own-app");
  const stateDir = join(pairStateDir, "own");
  const backendDir = backendDirIn(pairStateDir);
  const stack = await openStack({ lab, programDir, stackName: `${pairName}-own`, stateDir, backendDir });
  const addresses = ["web7", "web8", "web9"].map((host) => `${lab.host(host).address}:80`);
  const pair = `organization/bench-up/${pairName}`;
  await configure(stack, { pair, addresses: JSON.stringify(addresses) }, "plain");
  return { cost: costing(stack), set: (values) => configure(stack, values, "plain") };
}

function costing(stack: PulumiStack): Site["cost"] {
  return async (...words) => {
    const startedAtMs = performance.now();
    // The kernel charges us for children that have ended, and theirs: the CLI waits for its plugins and the program.
    const before = cpuSeconds([process.pid]);
    await expectSuccess(stack.pulumi(words, "kept"), `pulumi ${words.join(" ")}`);
    return { seconds: (performance.now() - startedAtMs) / 1000, cpuSeconds: cpuSeconds([process.pid]) - before };
  };
}

type Deployment = { deployment: { resources: { type: string; urn: string }[] } };

function countResources(exported: string): ResourceCounts {
  const { resources } = (JSON.parse(exported) as Deployment).deployment;
  const isOnFirst = ({ type, urn }: { type: string; urn: string }) =>
    type.startsWith("command:remote:") && /-lb1(?:-|$)/.test(urn.slice(urn.lastIndexOf("::")));
  return { total: resources.length, perHost: resources.filter(isOnFirst).length };
}

async function logins(lab: Lab, host: string): Promise<number> {
  return Number(await lab.sh(host, "journalctl --unit ssh --output cat | grep -c '^Accepted ' || true"));
}
