import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output.js";
import { formatProblem, type Problem } from "../config/problems.ts";
import { type Claim, claim } from "./claims.ts";
import { touches, without } from "./render/relations.ts";
import { type Settled, settle, settleNow, unknownPaths } from "./settle.ts";

/** What judges the args of a component, as values. Those at the paths `notKnown` are not yet computed. */
export type Judge = (args: unknown, notKnown: readonly string[]) => Problem[];

/** Everything that a component's args are judged by. */
export type Rules = {
  readonly problems: Judge;
  /** What is legal and yet not what anyone wants. Asked when there are no problems and everything is known. */
  readonly warnings?: (args: never) => string[];
  /** What a component with these args has to itself. Gets the args without what is wrong or not yet computed. */
  readonly claims?: (args: never) => readonly Claim[] | Promise<readonly Claim[]>;
};

/**
 * Everything that is wrong with args, as far as it can be known: a value that is not yet computed is right for now.
 */
export async function problemsOfArgs(judge: Judge, args: unknown): Promise<Problem[]> {
  return problemsOf(judge, await settle(args));
}

/** What a component may do with its args. */
export type Permission = {
  /** Whether the plain values are right, so that children can be made from them. */
  readonly isSound: boolean;
  /** To be combined with everything that children get: it is never known when a value turns out wrong. */
  readonly allowed: pulumi.Output<true>;
};

/**
 * Checks a component's args and reports what is wrong.
 *
 * At preview the program goes on, so that one run shows the problems of all components; nothing is applied by it, and
 * it fails in the end. During an update a wrong plain value ends the program at once. A value that only then turns
 * out wrong must not: a program that ends with children missing has them deleted. Its children are registered without
 * a connection instead, which their provider refuses, and so the update fails with everything as it was.
 *
 * @param where  `ProxiedApp app1`
 * @throws ResourceError during an update
 */
export function permission(
  component: pulumi.ComponentResource,
  where: string,
  rules: Rules,
  args: unknown,
): Permission {
  const soundness = problemsNow(rules.problems, args);
  if (soundness.length > 0 && !pulumi.runtime.isDryRun()) {
    throw new pulumi.ResourceError(messageOf(where, soundness), component, true);
  }
  const verdict = async (): Promise<true> => {
    const problems = await report(component, where, rules, await settle(args));
    return problems.length === 0 ? true : (unknown as unknown as true);
  };
  return { isSound: soundness.length === 0, allowed: pulumi.output(verdict()) };
}

/** The same permission, which ends when a question during the update shows that something is wrong after all. */
export function permittedBy(
  allowed: pulumi.Output<true>,
  found: pulumi.Output<readonly Problem[]>,
  component: pulumi.ComponentResource,
  where: string,
): pulumi.Output<true> {
  return pulumi.all([allowed, found]).apply(async ([, problems]) => {
    if (problems.length === 0) return true;
    await pulumi.log.error(messageOf(where, problems), component);
    return unknown as unknown as true;
  });
}

/** An input that may be used only with permission. */
export function permitted<T>(allowed: pulumi.Output<true>, input: pulumi.Input<T>): pulumi.Output<pulumi.Unwrap<T>> {
  return pulumi.all([allowed, input]).apply(([, value]) => value);
}

/** Tells the user what there is to tell. @returns the problems */
async function report(
  component: pulumi.ComponentResource,
  where: string,
  rules: Rules,
  settled: Settled,
): Promise<Problem[]> {
  const own = problemsOf(rules.problems, settled);
  const problems = [...own, ...(await problemsWithOthers(where, rules, settled, own))];
  if (problems.length > 0) await pulumi.log.error(messageOf(where, problems), component);
  else if (rules.warnings !== undefined && unknownPaths(settled.value).length === 0) {
    const warnings = rules.warnings(settled.value as never);
    for (const warning of warnings) await pulumi.log.warn(`${where}: ${warning}`, component);
  }
  return problems;
}

async function problemsWithOthers(
  where: string,
  { claims }: Rules,
  settled: Settled,
  own: readonly Problem[],
): Promise<Problem[]> {
  if (claims === undefined) return [];
  const doubtful = [...unknownPaths(settled.value), ...own.map(({ path }) => path)];
  const claimed = await claims(without(settled.value, doubtful) as never);
  const sound = claimed.filter(({ path, reads = [] }) =>
    [path, ...reads].every((field) => !doubtful.some((other) => touches(field, other))),
  );
  return claim(where, sound).map((problem) => withoutSecret(problem, settled));
}

/** What is wrong with the plain values among args. */
function problemsNow(judge: Judge, args: unknown): Problem[] {
  const value = settleNow(args);
  return knownProblems(judge, value);
}

function problemsOf(judge: Judge, settled: Settled): Problem[] {
  return knownProblems(judge, settled.value).map((problem) => withoutSecret(problem, settled));
}

/** A value that is not yet computed is right for now, with all that is going to be in it. */
function knownProblems(judge: Judge, value: unknown): Problem[] {
  const notKnown = unknownPaths(value);
  return judge(value, notKnown).filter(({ path }) => !notKnown.some((outer) => isWithin(path, outer)));
}

function messageOf(where: string, problems: readonly Problem[]): string {
  return problems.map((problem) => formatProblem(where, problem)).join("\n");
}

/** A value that is secret, is part of a secret or has one in it is not shown. */
function withoutSecret(problem: Problem, { secretPaths }: Settled): Problem {
  const isSecret = [...secretPaths].some((path) => isWithin(problem.path, path) || isWithin(path, problem.path));
  return isSecret && problem.got !== "nothing" ? { ...problem, got: "a secret value" } : problem;
}

function isWithin(inner: string, outer: string): boolean {
  return outer === "" || inner === outer || inner.startsWith(`${outer}.`);
}
