import { DEFAULT_LAB, downLab, openLab } from "../lab.ts";
import { DEMO_STATE_DIR, forgetStack, openArticle } from "./article.ts";
import { runDemo } from "./demo.ts";

// npm run demo               the whole mission on real hosts
// npm run demo -- pulumi …   the CLI on the demo's stack, from inside the lab
// npm run demo -- down       takes everything down

const [verb = "run", ...words] = process.argv.slice(2);
process.exitCode = await main();

async function main(): Promise<number> {
  if (verb === "run") return runDemo();
  if (verb === "down") {
    await downLab(DEFAULT_LAB);
    await forgetStack(DEMO_STATE_DIR);
    return 0;
  }
  if (verb === "pulumi") return runCli();
  console.error(`demo: got ${JSON.stringify(verb)}, want nothing, pulumi or down`);
  return 2;
}

async function runCli(): Promise<number> {
  const lab = await openLab();
  if (lab === undefined) {
    console.error("demo: the lab is not up, want `npm run demo` first");
    return 1;
  }
  const stack = await openArticle(lab, DEMO_STATE_DIR);
  return (await stack.pulumi(words, "shown")).status;
}
