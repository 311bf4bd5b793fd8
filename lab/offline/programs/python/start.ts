import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb.js";
import { environmentOf, type StartProgram } from "../service.ts";

const PROGRAM = join(import.meta.dirname, "program.py");

/** Starts a Python program in its virtual environment, or with the machine's Python when it names none. */
export const startPython: StartProgram = async (request, host) => {
  const info = request.getInfo();
  const directory = info?.getProgramDirectory() || request.getPwd();
  const entry = resolve(directory, info?.getEntryPoint() || ".");
  return spawn(pythonOf(info, directory), [PROGRAM, entry], {
    cwd: request.getPwd(),
    // A program's output is shown as it comes.
    env: { ...environmentOf(request, host), PYTHONUNBUFFERED: "1" },
    stdio: ["ignore", "inherit", "inherit"],
  });
};

function pythonOf(info: ProgramInfo | undefined, directory: string): string {
  const { virtualenv } = info?.getOptions()?.toJavaScript() ?? {};
  if (typeof virtualenv !== "string") return "python3";
  const python = resolve(info?.getRootDirectory() || directory, virtualenv, "bin", "python");
  if (existsSync(python)) return python;
  throw new Error(`${join(virtualenv, "bin", "python")}: is not there: make it with python3 -m venv ${virtualenv}`);
}
