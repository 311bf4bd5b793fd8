import type { Browser, BrowserOptions } from "../client/browser.ts";
import type { Lab } from "../lab.ts";
import type { PulumiStack } from "../pulumi-stack.ts";

/** What every chapter of the demo works with. */
export type Stage = {
  readonly lab: Lab;
  readonly stack: PulumiStack;
  readonly browser: Browser;
  readonly options: BrowserOptions;
};

/** A part of the demo: what it is about, and the lines of the report. A claim that does not hold throws. */
export type Chapter = { readonly title: string; readonly tell: (stage: Stage) => Promise<string[]> };

/** Stops the demo when a claim does not hold. */
export function expect(holds: boolean, claim: string, seen: unknown): void {
  if (!holds) throw new Error(`${claim}: got ${JSON.stringify(seen)}`);
}
