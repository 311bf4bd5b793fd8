import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type VrrpStatus, vrrpStatusSchema } from "../../../config/status.ts";
import type { BrowserOptions } from "../../../lab/client/browser.ts";
import type { Lab } from "../../../lab/lab.ts";
import type { VrrpArgs } from "../../../provider/index.ts";
import { openTestStack, type TestStack } from "./engine.ts";
import { type Apps, type SiteProgram, siteProgram } from "./site.ts";

// A pair with one app, deployed, for tests of who holds the virtual address.

export const BALANCERS = ["lb1", "lb2"] as const;

export type TestPair = {
  readonly site: TestStack;
  readonly browser: BrowserOptions;
  readonly close: () => Promise<void>;
};

/** The pair's one app. */
export const APP: Apps = {
  app: { path: "/app/", backends: { web7: { address: "203.0.113.27:80" }, web8: { address: "203.0.113.28:80" } } },
};

/** Deploys a pair with one app; `close` destroys it. */
export function deployPair(lab: Lab, projectName: string, vrrp: VrrpArgs): Promise<TestPair> {
  return deploySite(lab, projectName, siteProgram(lab, APP, { pair: { vrrp } }));
}

/** Deploys a site; `close` destroys it. */
export async function deploySite(lab: Lab, projectName: string, program: SiteProgram): Promise<TestPair> {
  const directory = mkdtempSync(join(tmpdir(), "lbpair-pair-"));
  const site = await openTestStack(lab, projectName, program);
  const { outputs } = await site.stack.up({ color: "never" });
  const caPath = join(directory, "ca.pem");
  writeFileSync(caPath, String(outputs["caCertificate"]?.value));
  const close = async () => {
    await site.stack.destroy({ color: "never" });
    site.close();
    rmSync(directory, { recursive: true });
  };
  return { site, browser: { hostname: "example.com", address: virtualAddress(lab), caPath }, close };
}

export function virtualAddress(lab: Lab): string {
  const [virtual] = lab.virtualAddresses;
  assert.ok(virtual);
  return virtual.address;
}

/** Hosts whose kernel has the virtual address. */
export async function holders(lab: Lab): Promise<string[]> {
  const lists = await Promise.all(
    BALANCERS.map(async (name) => {
      const { status, stdout } = await lab.exec(name, `ip -o address show to ${virtualAddress(lab)}`);
      return status === 0 && stdout.trim() !== "" ? [name] : [];
    }),
  );
  return lists.flat();
}

export function otherOf(host: string): string {
  return host === "lb1" ? "lb2" : "lb1";
}

const POLL_MS = 50;
/** Generous: it only bounds how long a broken run takes. */
const WAIT_MS_MAX = 60_000;

/** Waits for a state of the world; fails with the last one seen. */
export async function eventually<T>(what: string, look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  const endMs = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    assert.ok(performance.now() < endMs, `${what}: still ${JSON.stringify(seen)}`);
    await delay(POLL_MS);
  }
}

/** The one host that has the address, once there is exactly one. */
export async function settledHolder(lab: Lab): Promise<string> {
  const [holder = ""] = await eventually(
    "exactly one Active",
    () => holders(lab),
    (seen) => seen.length === 1,
  );
  return holder;
}

/** What a host's VRRP daemon says of itself, whether or not its proxy answers. */
export async function vrrpStatus(lab: Lab, host: string): Promise<VrrpStatus> {
  const { stdout } = await lab.exec(host, "lbctl status --json");
  return vrrpStatusSchema.parse(JSON.parse(stdout).vrrp);
}
