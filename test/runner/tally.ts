/** How one tool or one group of tests went. */
export type Outcome = {
  readonly name: string;
  readonly isGood: boolean;
  readonly seconds: number;
  readonly counts?: TestCounts;
};

export type TestCounts = { readonly passed: number; readonly failed: number; readonly skipped: number };

/** Collects outcomes and tells them: each as it comes, all together at the end. */
export type Tally = {
  readonly add: (outcome: Outcome) => void;
  readonly isGood: () => boolean;
  /** Prints the summary and returns the exit status. */
  readonly close: () => number;
};

export function openTally(): Tally {
  const outcomes: Outcome[] = [];
  const isGood = () => outcomes.every((outcome) => outcome.isGood);
  return {
    add: (outcome) => {
      outcomes.push(outcome);
      console.log(lineOf(outcome));
    },
    isGood,
    close: () => {
      const sum = (key: keyof TestCounts) => outcomes.reduce((total, { counts }) => total + (counts?.[key] ?? 0), 0);
      const bad = outcomes.filter((outcome) => !outcome.isGood);
      const seconds = outcomes.reduce((total, outcome) => total + outcome.seconds, 0);
      console.log(
        `\n${sum("passed")} passed, ${sum("failed")} failed, ${sum("skipped")} skipped in ${seconds.toFixed(0)} s`,
      );
      if (bad.length > 0) console.log(`not good: ${bad.map(({ name }) => name).join(", ")}`);
      return bad.length === 0 && outcomes.length > 0 ? 0 : 1;
    },
  };
}

function lineOf({ name, isGood, seconds, counts }: Outcome): string {
  const detail =
    counts === undefined ? "" : `  ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
  return `${isGood ? "ok    " : "NOT OK"} ${name.padEnd(40)} ${seconds.toFixed(1).padStart(6)} s${detail}`;
}
