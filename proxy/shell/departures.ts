import type { AppConfig } from "../../config/app.ts";
import { type Leaving, nextLeaveMs } from "../core/leaving.ts";

/** A configuration that can't be put in force for the moment is tried again after this. */
const AGAIN_MS = 1_000;

/** Longest time that a timer can be set to. */
const TIMER_MS_MAX = 2_147_483_647;

/** Tells when the time of a backend that is leaving is over. */
export class Departures {
  readonly #onTime: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /** @param onTime  puts in force that somebody has left; asked again when it fails */
  constructor(onTime: () => Promise<void>) {
    this.#onTime = onTime;
  }

  /** Waits for the next of those that are leaving now. */
  expect(leaving: Leaving, apps: readonly AppConfig[]): void {
    clearTimeout(this.#timer);
    const atMs = nextLeaveMs(leaving, apps);
    if (Number.isFinite(atMs)) this.#wait(atMs - performance.now());
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #wait(durationMs: number): void {
    if (this.#isOver) return;
    this.#timer = setTimeout(
      () => this.#onTime().catch(() => this.#wait(AGAIN_MS)),
      Math.min(durationMs, TIMER_MS_MAX),
    );
  }
}
