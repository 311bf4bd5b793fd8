import { argv } from "node:process";
import { openTestLab } from "../../runner/test-lab.ts";
import { openTestStack } from "./engine.ts";
import { type Apps, type SiteOptions, siteProgram } from "./site.ts";

// An operation that is to fail, in a process of its own: what a failing program leaves unhandled would end the tests.
//
//   node attempt.ts <preview|up> <project> <state directory> <apps, options, configuration: JSON each>

const [, , operation, project = "", state = "", apps = "{}", options = "{}", config = "{}"] = argv;
const lab = await openTestLab();
const program = siteProgram(lab, JSON.parse(apps) as Apps, JSON.parse(options) as SiteOptions);
const { stack } = await openTestStack(lab, project, program, { state });
for (const [key, value] of Object.entries(JSON.parse(config) as Record<string, string>))
  await stack.setConfig(key, { value });
const show = (text: string) => void process.stdout.write(text);
const shown = { color: "never", onOutput: show, onError: show } as const;
process.on("unhandledRejection", () => undefined); // the engine has told it already
try {
  await (operation === "up" ? stack.up(shown) : stack.preview(shown));
} catch {
  process.exitCode = 1;
}
