import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { goBuildArguments, goEnvironment } from "../../../../bootstrap/go.mjs";
import type { Host } from "../../nodejs/host.ts";
import { outcomeOf } from "../../nodejs/run.ts";
import { environmentOf, type StartProgram } from "../service.ts";

/** Starts a Go program: its folder compiled, or the executable that `runtime.options.binary` names. */
export const startGo: StartProgram = async (request, host) => {
  const info = request.getInfo();
  const directory = resolve(info?.getProgramDirectory() || request.getPwd(), info?.getEntryPoint() || ".");
  const { binary } = info?.getOptions()?.toJavaScript() ?? {};
  const built = typeof binary === "string" ? undefined : await mkdtemp(join(tmpdir(), "lbpair-go-"));
  const program =
    built === undefined ? resolve(info?.getRootDirectory() ?? "", String(binary)) : join(built, "program");
  if (built !== undefined) await compile(directory, program, host);
  if (!existsSync(program)) throw new Error(`binary: got ${JSON.stringify(binary)}, want an executable`);
  const child = spawn(program, request.getArgsList(), {
    cwd: request.getPwd(),
    env: environmentOf(request, host),
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (built !== undefined) child.once("close", () => void rm(built, { recursive: true, force: true }));
  return child;
};

/** What the compiler says goes where the host prints. */
async function compile(directory: string, output: string, host: Host): Promise<void> {
  const child = spawn("go", [...goBuildArguments(output), "."], {
    cwd: directory,
    env: goEnvironment(host.environment),
    stdio: ["ignore", "inherit", "inherit"],
  });
  host.children.add(child);
  const { error } = await outcomeOf(child);
  if (error !== "") throw new Error(`${directory}: go build: ${error}`);
}
