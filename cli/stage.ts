import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type DaemonName, documentPath } from "../config/paths.ts";
import type { Daemons, FileChange } from "./daemons.ts";
import type { Outcome } from "./outcome.ts";
import type { Places } from "./places.ts";

/** Has the host's own binary judge the configuration as it would be after a change: the daemon that runs, or its program. */
export async function checkChange(
  places: Places,
  daemons: Pick<Daemons, "check" | "consider">,
  daemon: DaemonName,
  files: readonly FileChange[],
): Promise<Outcome> {
  return (await daemons.consider(daemon, files)) ?? checkStaged(places, daemons, daemon, files);
}

function checkStaged(
  places: Places,
  daemons: Pick<Daemons, "check">,
  daemon: DaemonName,
  files: readonly FileChange[],
): Outcome {
  const stage = join(places.stateDir, "stage");
  rmSync(stage, { recursive: true, force: true }); // left by one that was killed
  try {
    mkdirSync(stage, { recursive: true, mode: 0o700 });
    cpSync(places.configDir, stage, { recursive: true });
    for (const { path, content } of files) {
      const target = join(stage, path);
      mkdirSync(dirname(target), { recursive: true });
      if (content === undefined) rmSync(target, { force: true });
      else writeFileSync(target, content, { mode: 0o600 });
    }
    return daemons.check(daemon, stage);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** The document without which a daemon has nothing to do. */
export function mainDocument(daemon: DaemonName): string {
  return documentPath({ kind: daemon });
}
