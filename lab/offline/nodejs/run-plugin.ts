import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { RunPluginRequest } from "@pulumi/pulumi/proto/language_pb.js";
import type { Host } from "./host.ts";
import { optionsOf } from "./options.ts";
import { resolveSdk } from "./resolve.ts";
import { nodeFirst } from "./run.ts";

/**
 * Starts a plugin that is written for Node: a folder with PulumiPlugin.yaml.
 *
 * @throws Error when its folder has no SDK
 */
export function startPlugin(request: RunPluginRequest, host: Host): ChildProcess {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() ?? request.getPwd();
  const sdk = resolveSdk("cmd/run-plugin", directory);
  const program = join(directory, info?.getEntryPoint() || ".");
  const child = spawn(process.execPath, [...optionsOf(info).nodeArgs, sdk, program, ...request.getArgsList()], {
    cwd: request.getPwd(),
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
