import { type Contender, keepalived, lbpair } from "./contenders.ts";

/** One configuration of a program and what is done to it. */
export type Setup = {
  readonly contender: Contender;
  readonly intervalMs: number;
  readonly events: readonly string[];
};

/** keepalived's defaults among them: its adverts come once a second. */
export const SETUPS: readonly Setup[] = [
  { contender: lbpair, intervalMs: 100, events: ["cut", "sigkill", "proxy", "stop", "switchover"] },
  { contender: lbpair, intervalMs: 20, events: ["cut"] },
  { contender: lbpair, intervalMs: 10, events: ["cut"] },
  { contender: lbpair, intervalMs: 1_000, events: ["switchover"] },
  { contender: keepalived, intervalMs: 100, events: ["cut", "sigkill", "proxy", "stop"] },
  { contender: keepalived, intervalMs: 20, events: ["cut"] },
  { contender: keepalived, intervalMs: 10, events: ["cut"] },
  { contender: keepalived, intervalMs: 1_000, events: ["cut"] },
];
