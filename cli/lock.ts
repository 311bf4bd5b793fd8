import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { failed, type Outcome } from "./outcome.ts";

/** Two `pulumi up` at once, or a person beside it: the second waits this long, then refuses. */
const LOCK_WAIT_S = 120;

/**
 * Runs an operation while no other lbctl changes this host.
 *
 * The lock is flock(2) on our own descriptor, so the kernel releases it however this process ends.
 */
export async function withLock(
  path: string,
  operation: () => Promise<Outcome>,
  waitSeconds: number = LOCK_WAIT_S,
): Promise<Outcome> {
  mkdirSync(dirname(path), { recursive: true });
  const descriptor = openSync(path, "a", 0o600);
  try {
    // flock(1) locks the open file that it inherits as descriptor 3; the lock stays with ours when it ends.
    const { status } = spawnSync("flock", ["--exclusive", "--wait", String(waitSeconds), "3"], {
      stdio: ["ignore", "ignore", "ignore", descriptor],
    });
    if (status !== 0) return failed(`another lbctl has been changing this host for ${waitSeconds} s: try again`);
    return await operation();
  } finally {
    closeSync(descriptor);
  }
}
