import { type ChildProcess, spawn } from "node:child_process";
import type { InstallDependenciesRequest } from "@pulumi/pulumi/proto/language_pb.js";
import type { Host } from "./host.ts";
import { optionsOf } from "./options.ts";
import { nodeFirst } from "./run.ts";

/**
 * Starts `npm install` in a program's or a plugin's folder.
 *
 * @throws Error for another package manager: the offline host knows npm only
 */
export function startInstall(request: InstallDependenciesRequest, host: Host): ChildProcess {
  const { packageManager } = optionsOf(request.getInfo());
  if (packageManager !== "npm") {
    throw new Error(
      `packagemanager: got ${JSON.stringify(packageManager)}, want "npm": the offline nodejs host has no other`,
    );
  }
  const child = spawn("npm", ["install", "--loglevel=error"], {
    cwd: request.getInfo()?.getProgramDirectory() || request.getDirectory(),
    env: nodeFirst(host.environment),
    stdio: ["ignore", "pipe", "pipe"],
  });
  host.children.add(child);
  return child;
}
