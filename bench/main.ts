// `npm run bench -- SUBJECT [options]`: side by side with the peers.

import { argv } from "node:process";
import { benchFailover } from "./failover/main.ts";
import { benchFuzz } from "./fuzz/main.ts";
import { benchProxy } from "./proxy/main.ts";
import { benchReload } from "./reload/main.ts";
import { benchSoak } from "./soak/main.ts";
import { benchStatsPage } from "./stats-page/main.ts";
import { benchUp } from "./up/main.ts";

const SUBJECTS: Readonly<Record<string, (words: readonly string[]) => Promise<number>>> = {
  failover: benchFailover,
  fuzz: benchFuzz,
  proxy: benchProxy,
  reload: benchReload,
  soak: benchSoak,
  "stats-page": benchStatsPage,
  up: benchUp,
};
const WRONG_USE = 2;

const [subject = "", ...words] = argv.slice(2);
const bench = SUBJECTS[subject];
if (bench === undefined) {
  console.error(`bench: got ${JSON.stringify(subject)}, want one of ${Object.keys(SUBJECTS).join(" ")}`);
  process.exitCode = WRONG_USE;
} else {
  try {
    process.exitCode = await bench(words);
  } catch (error) {
    console.error(`bench: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
