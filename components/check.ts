import * as pulumi from "@pulumi/pulumi";
import { isUnknown, unknown } from "@pulumi/pulumi/output.js";
import { formatProblem, type Problem } from "../config/problems.ts";
import { type Settled, settle, settleNow, valueAt } from "./settle.ts";

/** What judges the args of a component, as values. */
export type Judge = (args: unknown) => Problem[];

/**
 * Everything that is wrong with args, as far as it can be known: a value that is not yet computed is right for now.
 */
export async function problemsOfArgs(judge: Judge, args: unknown): Promise<Problem[]> {
  const settled = await settle(args);
  return judge(settled.value)
    .filter(({ path }) => !isUnknown(valueAt(settled.value, path)))
    .map((problem) => withoutSecret(problem, settled));
}

/**
 * Whether args are right as far as they are plain values, so that children can be made from them.
 *
 * Says nothing to the user: {@link permission} does.
 */
export function isSound(judge: Judge, args: unknown): boolean {
  const known = settleNow(args);
  return judge(known).every(({ path }) => isUnknown(valueAt(known, path)));
}

/**
 * A component's permission to go on, to be combined with everything that its children get.
 *
 * At preview problems are reported and the preview goes on, so that one run shows those of all components; nothing is
 * applied by it, and it fails in the end. During an update the first component with problems ends the run.
 */
export function permission(
  component: pulumi.ComponentResource,
  where: string,
  judge: Judge,
  args: unknown,
): pulumi.Output<true> {
  const verdict = async (): Promise<true> => {
    const problems = await problemsOfArgs(judge, args);
    if (problems.length === 0) return true;
    const message = problems.map((problem) => formatProblem(where, problem)).join("\n");
    if (!pulumi.runtime.isDryRun()) throw new pulumi.ResourceError(message, component, true);
    await pulumi.log.error(message, component);
    return unknown as unknown as true;
  };
  return pulumi.output(verdict());
}

/** An input that may be used only with permission. */
export function permitted<T>(allowed: pulumi.Output<true>, input: pulumi.Input<T>): pulumi.Output<pulumi.Unwrap<T>> {
  return pulumi.all([allowed, input]).apply(([, value]) => value);
}

/** A value that is secret, is part of a secret or has one in it is not shown. */
function withoutSecret(problem: Problem, { secretPaths }: Settled): Problem {
  const within = (inner: string, outer: string) => outer === "" || inner === outer || inner.startsWith(`${outer}.`);
  const isSecret = [...secretPaths].some((path) => within(problem.path, path) || within(path, problem.path));
  return isSecret && problem.got !== "nothing" ? { ...problem, got: "a secret value" } : problem;
}
