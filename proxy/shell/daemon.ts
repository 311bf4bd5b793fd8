import type { ProxyStatus, ReloadResult } from "../../config/status.ts";

export type ServeOptions = {
  readonly configDir: string;
  readonly statusSocket: string;
  readonly release: string;
  readonly runtime: string;
  readonly isJournal: boolean;
  /** `NOTIFY_SOCKET`. */
  readonly notifySocket: string | undefined;
  /** How often systemd wants a sign of life. */
  readonly watchdogMs: number | undefined;
  /** Program and words that start a worker process. */
  readonly workerCommand: readonly string[];
  /** Starts the release that takes over from this one; `takeOver` is added to its words. */
  readonly successorCommand: readonly string[];
  /** A daemon of another release has started this one, to take over from it. */
  readonly isSuccessor: boolean;
};

/** A daemon at work. */
export type Daemon = {
  /** Port of each listener by name, as it is really open. */
  readonly ports: () => Readonly<Record<string, number>>;
  readonly status: () => ProxyStatus;
  /** Reads the files again; bad ones change nothing. */
  readonly reload: () => Promise<ReloadResult>;
  /** Lets what is under way end, then closes everything. */
  readonly stop: () => Promise<void>;
  /** Resolves when another process has taken over and nothing is left to do. */
  readonly retired: Promise<void>;
};

export type Serving =
  | { readonly ok: true; readonly daemon: Daemon }
  | { readonly ok: false; readonly problems: readonly string[] };
