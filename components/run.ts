import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";

/**
 * Something that the components of a program have in common. They know nothing of each other; they share its run.
 *
 * @param make  called once per run
 */
export function perRun<T>(make: () => T): () => T {
  const ofRuns = new WeakMap<object, { readonly value: T }>();
  return () => {
    const run = currentRun();
    const known = ofRuns.get(run) ?? { value: make() };
    ofRuns.set(run, known);
    return known.value;
  };
}

/** Whether no engine is there and nothing may be reached: a user's own test. */
export function isMocked(): boolean {
  return pulumi.runtime.getMonitor() instanceof MockMonitor;
}

/** A plugin serves one run, in which each component is constructed on its own. */
const PLUGIN = {};

/** One process may run programs one after the other (Automation API), and a test many (mocks). */
function currentRun(): object {
  const monitor = pulumi.runtime.getMonitor();
  return monitor instanceof MockMonitor ? monitor : (pulumi.runtime.getStackResource() ?? PLUGIN);
}
