import { readdirSync, readFileSync } from "node:fs";
import type { VrrpConfig } from "../../config/vrrp.ts";
import { stepTrack, type Track, type TrackResult, untracked } from "../core/track.ts";
import { type CommandResult, runCommand } from "./run-command.ts";

type Rules = { readonly weight: number; readonly rise: number; readonly fall: number; readonly intervalMs: number };
type Tracker = { readonly what: string; readonly key: string; result: TrackResult; readonly stop: () => void };

/** Asks scripts and looks for processes, at their intervals, and tells when one of them counts as something else. */
export class Trackers {
  readonly #onChange: (results: readonly TrackResult[], changed: TrackResult) => void;
  readonly #run: typeof runCommand;
  #trackers: Tracker[] = [];

  constructor(
    onChange: (results: readonly TrackResult[], changed: TrackResult) => void,
    run: typeof runCommand = runCommand,
  ) {
    this.#onChange = onChange;
    this.#run = run;
  }

  get results(): readonly TrackResult[] {
    return this.#trackers.map(({ result }) => result);
  }

  /** Trackers that stay the same keep what they know. */
  configure({ scripts, processes }: Pick<VrrpConfig, "scripts" | "processes">): void {
    const before = this.#trackers;
    const keep = (what: string, rules: Rules, ask: () => Promise<CommandResult>) => {
      const key = JSON.stringify([what, rules]);
      const running = before.find((tracker) => tracker.key === key);
      return running ?? this.#start(what, key, rules, ask);
    };
    const after = [
      ...Object.entries(scripts).map(([name, script]) =>
        keep(`script ${name}`, script, () => this.#run(script.command, script.timeoutMs ?? script.intervalMs)),
      ),
      ...Object.entries(processes).map(([name, rules]) =>
        keep(`process ${name}`, rules, async () => findProcess(rules.comm)),
      ),
    ];
    for (const tracker of before) if (!after.includes(tracker)) tracker.stop();
    this.#trackers = after;
  }

  close(): void {
    this.configure({ scripts: {}, processes: {} });
  }

  #start(what: string, key: string, rules: Rules, ask: () => Promise<CommandResult>): Tracker {
    let track: Track = untracked;
    let timer: NodeJS.Timeout | undefined;
    let isStopped = false;
    const result: TrackResult = { what, isUp: null, because: "not asked yet", weight: rules.weight };
    const stop = () => {
      isStopped = true;
      clearTimeout(timer);
    };
    const tracker: Tracker = { what, key, result, stop };
    const round = async () => {
      const startedMs = performance.now();
      const { isOk, because } = await ask();
      if (isStopped) return;
      track = stepTrack(track, isOk, rules);
      const isNews = tracker.result.isUp !== track.isUp;
      tracker.result = { ...tracker.result, isUp: track.isUp, because };
      if (isNews) this.#onChange(this.results, tracker.result);
      // The next at its time, and never two at once.
      timer = setTimeout(() => void round(), Math.max(0, rules.intervalMs - (performance.now() - startedMs)));
    };
    timer = setTimeout(() => void round(), 0);
    return tracker;
  }
}

/** Whether a process of this name runs, by the first 15 characters that the kernel keeps of a name. */
function findProcess(name: string): CommandResult {
  const isRunning = readdirSync("/proc").some((entry) => /^\d+$/.test(entry) && nameOf(entry) === name);
  return { isOk: isRunning, because: isRunning ? `${name} runs` : `no process ${name}` };
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trimEnd();
  } catch {
    return ""; // it has just ended
  }
}
