import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Lab } from "../lab.ts";

export type Ping = {
  /** Ends it. @returns how many packets were answered, and the numbers of those before the last answer that were not */
  readonly stop: () => Promise<{ readonly answered: number; readonly unanswered: readonly number[] }>;
};

/** Pings an address from the lab's client, in a rhythm that shows whether anyone has it, whatever its programs do. */
export function startPing(lab: Lab, address: string, intervalMs: number): Ping {
  const [program = "", ...enter] = lab.enter("client");
  const words = ["ping", "-n", "-i", String(intervalMs / 1000), address];
  const child = spawn(program, [...enter, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  const ended = once(child, "close");
  return {
    stop: async () => {
      child.kill("SIGINT");
      await ended;
      const answers = new Set([...text.matchAll(/icmp_seq=(\d+) ttl/g)].map(([, number]) => Number(number)));
      const all = Array.from({ length: Math.max(0, ...answers) }, (_, index) => index + 1);
      return { answered: answers.size, unanswered: all.filter((number) => !answers.has(number)) };
    },
  };
}
