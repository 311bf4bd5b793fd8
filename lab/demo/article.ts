import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir, repoDir } from "../../bootstrap/places.mjs";
import type { BrowserOptions } from "../client/browser.ts";
import type { Lab } from "../lab.ts";
import { configure, expectSuccess, openStack, type PulumiStack } from "../pulumi-stack.ts";

// The article's setup as the demo and the end-to-end tests deploy it.

export const HOSTNAME = "example.com";
export const STATS_PASSWORD = "correct horse";
export const ARTICLE_DIR = join(repoDir, "examples", "article");

/** A stack of the example with everything that it asks for: machines, keys, a password. */
export async function openArticle(lab: Lab, stateDir: string, programDir: string = ARTICLE_DIR): Promise<PulumiStack> {
  const stack = await openStack({ lab, programDir, stackName: "lab", stateDir });
  const machines = Object.fromEntries(lab.hosts.map(({ name, address, hostKey }) => [name, { address, hostKey }]));
  await configure(stack, { hostname: HOSTNAME, machines: JSON.stringify(machines) }, "plain");
  await configure(stack, { privateKey: lab.privateKey, statsPassword: STATS_PASSWORD }, "secret");
  return stack;
}

/** Where the demo keeps its stack. */
export const DEMO_STATE_DIR = join(cacheDir, "demo");

export async function forgetStack(stateDir: string): Promise<void> {
  await rm(stateDir, { recursive: true, force: true });
}

/** How a client sees the pair: by name, at the virtual address, trusting the stack's own authority. */
export async function browserOptions(lab: Lab, stack: PulumiStack, stateDir: string): Promise<BrowserOptions> {
  const output = await expectSuccess(stack.pulumi(["stack", "output", "caCertificate"], "kept"), "pulumi stack output");
  const caPath = join(stateDir, "ca.pem");
  await writeFile(caPath, output.stdout);
  const [virtual] = lab.virtualAddresses;
  if (virtual === undefined) throw new Error("lab: virtualAddresses is empty, want at least 1");
  return { hostname: HOSTNAME, address: virtual.address, caPath };
}

/** The balancer that holds the virtual address, as the kernels say. */
export async function findActive(lab: Lab): Promise<string> {
  const [virtual] = lab.virtualAddresses;
  const holders = await Promise.all(
    ["lb1", "lb2"].map(async (name) => {
      const { status, stdout } = await lab.exec(name, `ip -o address show to ${virtual?.address}`);
      return status === 0 && stdout.trim() !== "" ? [name] : [];
    }),
  );
  const [active, ...others] = holders.flat();
  if (active !== undefined && others.length === 0) return active;
  throw new Error(`virtual address: got ${holders.flat().length} holders, want 1`);
}
