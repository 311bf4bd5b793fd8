import * as pulumi from "@pulumi/pulumi";
import { perRun } from "./run.ts";
import { promiseOf } from "./settle.ts";

/**
 * Apps that are in change at once. A host takes one change at a time, the next one may log in meanwhile; more at once
 * would be refused by sshd (`MaxStartups`, 10 of them) when a program has hundreds of apps.
 */
const TURNS_AT_ONCE = 4;

/**
 * Registers resources that are to wait until it is their turn among all apps of the program.
 *
 * @param ready  everything else that they wait for: who has the turn must not wait for another's
 * @param register  gets what their inputs have to wait for
 */
export function takeTurns<T>(
  ready: pulumi.Output<T>,
  register: (turn: pulumi.Output<T>) => pulumi.Resource[],
): pulumi.Resource[] {
  // A preview reaches no host.
  if (pulumi.runtime.isDryRun()) return register(ready);
  const turns = turnsOfRun();
  const resources = register(
    ready.apply(async (value) => {
      await turns.begin();
      void Promise.allSettled(resources.map(({ urn }) => promiseOf(urn))).then(() => turns.end());
      return value as pulumi.Unwrap<T>;
    }) as pulumi.Output<T>,
  );
  return resources;
}

class Turns {
  #free = TURNS_AT_ONCE;
  readonly #waiting: (() => void)[] = [];

  async begin(): Promise<void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  end(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}

const turnsOfRun = perRun(() => new Turns());
