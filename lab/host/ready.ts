import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { run } from "../command.ts";
import { type LabPlaces, namespacePath } from "../places.ts";
import type { LabState } from "../state.ts";
import type { HostPlan } from "../topology.ts";
import { cutPorts } from "./cables.ts";
import { execOn } from "./exec.ts";
import { consoleFile } from "./power.ts";

const POLL_MS = 150;
/** Fifteen seconds is the promise on two free processors; a busy machine may take longer. */
const TIMEOUT_MS = 90_000;

/**
 * Waits until hosts run, nothing on them has failed, and sshd answers wherever a cable leads.
 *
 * Rejects as soon as `signal` aborts or one host fails, and then stops looking at the others.
 */
export async function waitReady(
  places: LabPlaces,
  hosts: readonly HostPlan[],
  state: LabState,
  signal?: AbortSignal,
): Promise<void> {
  const end = new AbortController();
  const stop = () => end.abort(signal?.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([waitAll(places, hosts, state, end.signal), aborted(end.signal)]);
  } finally {
    signal?.removeEventListener("abort", stop);
    end.abort();
  }
}

async function waitAll(places: LabPlaces, hosts: readonly HostPlan[], state: LabState, signal: AbortSignal) {
  await Promise.all(hosts.map((host) => waitRunning(places, host, signal)));
  const cuts = await Promise.all(hosts.map((host) => cutPorts(places, host)));
  const reachable = hosts.filter((host, index) => !cuts[index]?.includes(host.ports[0]));
  const keys = new Map(reachable.map((host) => [host.ports[0].address, state.hostKeys[host.name] ?? ""]));
  await waitSsh(places, keys, signal);
}

/** Waits until systemd has started everything and nothing failed. */
async function waitRunning(places: LabPlaces, host: HostPlan, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + TIMEOUT_MS;
  let state = "off";
  while (performance.now() < deadlineMs) {
    signal.throwIfAborted();
    const result = await execOn(places, host.name, "systemctl is-system-running --wait");
    state = result.stdout.trim();
    if (state === "running") return;
    if (state === "degraded") throw new Error(`lab: ${host.name}: ${await failedUnits(places, host)}`);
    await delay(POLL_MS);
  }
  const got = state || (await lastWords(places, host));
  throw new Error(`lab: ${host.name}: got ${got} after ${TIMEOUT_MS / 1000} s, want running`);
}

/** Waits until every sshd answers in the lab's network, with the key that was made for it. */
async function waitSsh(places: LabPlaces, keys: ReadonlyMap<string, string>, signal: AbortSignal): Promise<void> {
  if (keys.size === 0) return;
  const scan = ["ssh-keyscan", "-T", "5", "-t", "ed25519", ...keys.keys()];
  const deadlineMs = performance.now() + TIMEOUT_MS;
  for (;;) {
    signal.throwIfAborted();
    const { stdout } = await run(["nsenter", `--net=${namespacePath(places.labNamespace)}`, ...scan]);
    const found = new Map(stdout.split("\n").map((line) => splitAtSpace(line)));
    const wrong = [...keys].filter(([address, key]) => found.get(address) !== key).map(([address]) => address);
    if (wrong.length === 0) return;
    if (performance.now() > deadlineMs) throw new Error(`lab: no ssh with the host's key at ${wrong.join(" ")}`);
    await delay(POLL_MS);
  }
}

async function failedUnits(places: LabPlaces, host: HostPlan): Promise<string> {
  const { stdout } = await execOn(places, host.name, "systemctl --failed --plain --no-legend");
  return `failed units: ${stdout.trim()}`;
}

async function lastWords(places: LabPlaces, host: HostPlan): Promise<string> {
  const console = await readFile(consoleFile(places, host), "utf8").catch(() => "");
  return console.trim().split("\n").at(-1) || "no answer";
}

function splitAtSpace(line: string): [string, string] {
  const space = line.indexOf(" ");
  return [line.slice(0, space), line.slice(space + 1)];
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
}
