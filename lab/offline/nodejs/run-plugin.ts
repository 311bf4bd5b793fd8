import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { RunPluginRequest } from "@pulumi/pulumi/proto/language_pb.js";
import type { Host } from "./host.ts";
import { optionsOf } from "./options.ts";
import { resolveSdk } from "./resolve.ts";
import { nodeFirst } from "./run.ts";

/** What the engine asks for when it wants a policy pack. */
const POLICY_PACK = "analyzer";

/**
 * Starts a plugin that is written for Node: a folder with PulumiPlugin.yaml, or a policy pack.
 *
 * @throws Error when its folder has no SDK
 */
export function startPlugin(request: RunPluginRequest, host: Host): ChildProcess {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getPwd();
  const program = join(directory, info?.getEntryPoint() || ".");
  const isPolicyPack = request.getKind() === POLICY_PACK;
  const sdk = resolveSdk(isPolicyPack ? "cmd/run-policy-pack" : "cmd/run-plugin", directory);
  const words = isPolicyPack ? [...request.getArgsList(), program] : [program, ...request.getArgsList()];
  const child = spawn(process.execPath, [...optionsOf(info).nodeArgs, sdk, ...words], {
    // A policy pack reads its own package.json from where it runs.
    cwd: isPolicyPack ? directory : request.getPwd(),
    env: nodeFirst(environmentFrom(request.getEnvList())),
    stdio: ["ignore", "pipe", "pipe"],
  });
  host.children.add(child);
  return child;
}

/** The engine sends the whole environment as NAME=value; the last of a name counts. */
function environmentFrom(lines: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
