import { runOrThrow } from "../command.ts";

/** Runs `ip` commands in one process, inside a network namespace. The first that fails ends it. */
export async function ipBatch(namespace: string, lines: readonly string[]): Promise<void> {
  await runOrThrow(["ip", "-n", namespace, "-batch", "-"], { stdin: `${lines.join("\n")}\n` });
}
