/**
 * One thing a machine needs.
 *
 * @typedef {object} Step
 * @property {string} name
 * @property {() => Promise<string | undefined>} find What is in use, in a few words; undefined: it must be made.
 * @property {(report: import("./report.mjs").Report) => Promise<string>} make
 *   Makes it, whole or not at all, and says from where. Throws when it can't.
 */

/**
 * Takes the steps that are still to be taken.
 *
 * @param {readonly Step[]} steps
 * @param {import("./report.mjs").Report} report
 * @returns {Promise<string[]>} what is in use, step by step
 */
export async function takeSteps(steps, report) {
  const inUse = [];
  for (const step of steps) {
    const found = await step.find();
    if (found === undefined) await report.step(step.name, () => step.make(report));
    inUse.push(found ?? (await step.find()) ?? step.name);
  }
  return inUse;
}
