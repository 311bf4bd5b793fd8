import type { InstanceConfig, VrrpConfig } from "../../config/vrrp.ts";
import type { Log } from "../../daemon/log.ts";
import { runCommand } from "./run-command.ts";

type Hook = InstanceConfig["hooks"][number];

/**
 * Runs an instance's programs whenever its state changes, one after the other in their order, never two at once.
 *
 * They are told the state to bring about, not the change: what was overtaken by a newer state is skipped, and what failed is tried again
 * for as long as the state lasts.
 */
export class Hooks {
  readonly #log: Log;
  readonly #run: typeof runCommand;
  readonly #queues = new Map<string, Queue>();
  #instances: VrrpConfig["instances"] = {};

  constructor(log: Log, run: typeof runCommand = runCommand) {
    this.#log = log;
    this.#run = run;
  }

  configure({ instances }: VrrpConfig): void {
    this.#instances = instances;
  }

  /** The state that an instance is in now. */
  tell(instance: string, state: string): void {
    const queue = this.#queues.get(instance) ?? { state, version: 0, working: undefined, again: undefined };
    this.#queues.set(instance, queue);
    queue.state = state;
    queue.version += 1;
    clearTimeout(queue.again);
    queue.working ??= this.#work(instance, queue);
  }

  /** Resolves when everything told has been done or given up; programs have their own limits of time. */
  async close(): Promise<void> {
    for (const queue of this.#queues.values()) clearTimeout(queue.again);
    await Promise.all([...this.#queues.values()].map(({ working }) => working));
    for (const queue of this.#queues.values()) clearTimeout(queue.again);
  }

  async #work(instance: string, queue: Queue): Promise<void> {
    for (let done = -1; done !== queue.version; ) {
      done = queue.version;
      const waits = await this.#runAll(instance, queue);
      if (done === queue.version && waits.length > 0) {
        queue.again = setTimeout(() => this.tell(instance, queue.state), Math.min(...waits));
      }
    }
    queue.working = undefined;
  }

  /** @returns when to do it again: after a failure, or because a hook is to be refreshed */
  async #runAll(instance: string, queue: Queue): Promise<number[]> {
    const { state, version } = queue;
    const waits: number[] = [];
    for (const hook of this.#instances[instance]?.hooks ?? []) {
      if (version !== queue.version) return [];
      const { isOk, because } = await this.#run(
        hook.command,
        hook.timeoutMs,
        environmentOf(instance, state, this.#instances),
      );
      const level = isOk ? "debug" : "warn";
      this.#log[level]({ event: "hook", instance, state, command: hook.command[0], isOk, because });
      waits.push(...waitOf(hook, isOk));
    }
    return waits;
  }
}

type Queue = {
  state: string;
  /** Grows with every call of `tell`. */
  version: number;
  working: Promise<void> | undefined;
  again: NodeJS.Timeout | undefined;
};

function waitOf({ retryMs, refreshMs }: Hook, isOk: boolean): number[] {
  if (!isOk) return [retryMs];
  return refreshMs > 0 ? [refreshMs] : [];
}

function environmentOf(instance: string, state: string, instances: VrrpConfig["instances"]): Record<string, string> {
  const addresses = (instances[instance]?.addresses ?? []).map((given) =>
    typeof given === "string" ? given : given.address,
  );
  return { LBPAIR_INSTANCE: instance, LBPAIR_STATE: state, LBPAIR_ADDRESSES: addresses.join(" ") };
}
