import { DEFAULT_LAB, type Lab, openLab } from "../../lab/lab.ts";

/**
 * The lab that an end-to-end test works on: under `npm test` the one it brought up, else the one that is up.
 *
 * The tests of test/e2e run inside the lab's network: they reach hosts and virtual addresses directly.
 */
export async function openTestLab(): Promise<Lab> {
  const name = process.env["LBPAIR_LAB"] ?? DEFAULT_LAB;
  const lab = await openLab(name);
  if (lab !== undefined) return lab;
  throw new Error(`lab ${name} is not up: run npm test, or npm run lab -- up`);
}
