import { APPS_DIR, CERTIFICATES_DIR, GROUP, KEYS_DIR, SECRETS_DIR, userName } from "../config/paths.ts";
import type { Access } from "./files.ts";

/** Number of a group on this host. */
export type GroupLookup = (group: string) => number;

/** Directories below the configuration directory, outermost first. */
export const CONFIG_SUBDIRS = ["", APPS_DIR, CERTIFICATES_DIR, SECRETS_DIR, KEYS_DIR] as const;

export function directoryAccess(path: string, gidOf: GroupLookup): Access {
  return { gid: gidOf(groupOf(path)), mode: 0o750 };
}

/** @param path  below the configuration directory */
export function documentAccess(path: string, gidOf: GroupLookup): Access {
  return { gid: gidOf(groupOf(path)), mode: 0o640 };
}

/** Secrets are for the proxy alone, keys for the VRRP daemon; everything else may be read by both daemons and by those who may ask them. */
function groupOf(path: string): string {
  const [directory] = path.split("/");
  if (directory === KEYS_DIR) return userName("vrrp");
  return directory === CERTIFICATES_DIR || directory === SECRETS_DIR ? userName("proxy") : GROUP;
}
