import { argv } from "node:process";
import { openTestLab } from "../../runner/test-lab.ts";
import { openTestStack } from "./engine.ts";
import { type Apps, siteProgram } from "./site.ts";

// An operation that is to fail, in a process of its own: what a failing program leaves unhandled would end the tests.
//
//   node attempt.ts <preview|up> <project> <state directory> <apps, JSON> <configuration, JSON>

const [, , operation, project = "", state = "", apps = "{}", config = "{}"] = argv;
const lab = await openTestLab();
const { stack } = await openTestStack(lab, project, siteProgram(lab, JSON.parse(apps) as Apps), { state });
for (const [key, value] of Object.entries(JSON.parse(config) as Record<string, string>))
  await stack.setConfig(key, { value });
const options = { color: "never", onOutput: (text: string) => void process.stdout.write(text) } as const;
process.on("unhandledRejection", () => undefined); // the engine has told it already
try {
  await (operation === "up" ? stack.up(options) : stack.preview(options));
} catch {
  process.exitCode = 1;
}
