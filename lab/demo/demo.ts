import { cacheDir } from "../../bootstrap/places.mjs";
import { openReport } from "../../bootstrap/report.mjs";
import { openBrowser } from "../client/browser.ts";
import { downLab, upLab } from "../lab.ts";
import { expectSuccess } from "../pulumi-stack.ts";
import { browserOptions, DEMO_STATE_DIR, forgetStack, openArticle } from "./article.ts";
import { previewed, unchanged } from "./changes.ts";
import type { Chapter, Stage } from "./chapters.ts";
import { failedOver } from "./failover.ts";
import { logged, observed, reached, redirected, rewritten, spread } from "./traffic.ts";

const CHAPTERS: readonly Chapter[] = [
  reached,
  spread,
  redirected,
  rewritten,
  logged,
  observed,
  failedOver,
  unchanged,
  previewed,
];

/** The demo from nothing to a running pair. What it started is taken down again when it fails or is interrupted. */
export async function runDemo(): Promise<number> {
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.once(signal, () => interrupt.abort(new Error(`interrupted by ${signal}`)));
  try {
    await Promise.race([perform(interrupt.signal), aborted(interrupt.signal)]);
    say(FAREWELL);
    return 0;
  } catch (error) {
    console.error(`\ndemo: ${error instanceof Error ? error.message : String(error)}`);
    console.error("demo: taking the lab down");
    await downLab();
    return 1;
  }
}

async function perform(signal: AbortSignal): Promise<void> {
  say("# The lab\n");
  await downLab();
  await forgetStack(DEMO_STATE_DIR);
  const lab = await upLab({ cacheDir, report: openReport(process.stdout), signal });
  say("\n# pulumi up\n");
  const stack = await openArticle(lab, DEMO_STATE_DIR);
  await expectSuccess(stack.pulumi(["up", "--yes", "--skip-preview"], "shown"), "pulumi up");
  const options = await browserOptions(lab, stack, DEMO_STATE_DIR);
  const stage: Stage = { lab, stack, options, browser: openBrowser(lab, options) };
  for (const [index, { title, tell }] of CHAPTERS.entries()) {
    say(`\n# ${index + 1}. ${title}\n`);
    for (const line of await tell(stage)) say(`  ${line}`);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const FAREWELL = `
# What is running

  lb1, lb2       the balancers, each with lbpair-proxy and lbpair-vrrp
  web1 … web9    backends: three with Apache, three with nginx, three with a small app
  203.0.113.10   the virtual address, https://example.com/

# What to try next

  npm run lab -- exec lb1 -- lbctl status          what a host runs
  npm run lab -- cut lb1                           unplug it; heal plugs it in again
  npm run lab -- exec web9 -- systemctl stop webapp
  npm run demo -- pulumi preview --diff            after a change in examples/article/index.ts
  npm run demo -- pulumi up --yes

# How to take it down

  npm run demo -- down`;
