import { join } from "node:path";
import { CONFIG_DIR, CURRENT_RELEASE, type DaemonName, JOURNAL_DIR, RELEASES_DIR, STATE_DIR } from "../config/paths.ts";

/** Where lbctl finds and puts things. On a host these are the paths of config/paths.ts; a test gives a root of its own. */
export type Places = {
  readonly configDir: string;
  readonly stateDir: string;
  readonly journalDir: string;
  readonly releasesDir: string;
  readonly currentRelease: string;
  /** Holds a directory per daemon, made by systemd, with the status socket in it. */
  readonly runDir: string;
  readonly unitDir: string;
  /** Symbolic link that puts lbctl on PATH. */
  readonly commandLink: string;
  readonly lockFile: string;
};

/** @param root  "" on a host */
export function placesBelow(root: string): Places {
  const at = (path: string) => (root === "" ? path : join(root, path));
  return {
    configDir: at(CONFIG_DIR),
    stateDir: at(STATE_DIR),
    journalDir: at(JOURNAL_DIR),
    releasesDir: at(RELEASES_DIR),
    currentRelease: at(CURRENT_RELEASE),
    runDir: at("/run/lbpair"),
    unitDir: at("/etc/systemd/system"),
    commandLink: at("/usr/local/bin/lbctl"),
    lockFile: at("/run/lbpair.lock"),
  };
}

export function statusSocketBelow(places: Places, daemon: DaemonName): string {
  return join(places.runDir, daemon, "status.sock");
}

/** Path of a program of the release in use. */
export function programBelow(places: Places, program: string): string {
  return join(places.currentRelease, "bin", program);
}
