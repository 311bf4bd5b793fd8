import { type Contender, keepalived, lbpair } from "./contenders.ts";

/** One configuration of a program and what is done to it. */
export type Setup = {
  readonly contender: Contender;
  readonly intervalMs: number;
  readonly events: readonly string[];
};

/** Every interval of both programs one after the other, so that both have the same machine; 1000 ms is keepalived's default. */
export const SETUPS: readonly Setup[] = [
  { contender: lbpair, intervalMs: 100, events: ["calm", "cut", "sigkill", "proxy", "stop", "switchover"] },
  { contender: keepalived, intervalMs: 100, events: ["cut", "sigkill", "proxy", "stop"] },
  { contender: lbpair, intervalMs: 20, events: ["cut"] },
  { contender: keepalived, intervalMs: 20, events: ["cut"] },
  { contender: lbpair, intervalMs: 10, events: ["cut"] },
  { contender: keepalived, intervalMs: 10, events: ["cut"] },
  { contender: lbpair, intervalMs: 1_000, events: ["switchover"] },
  { contender: keepalived, intervalMs: 1_000, events: ["cut"] },
];
