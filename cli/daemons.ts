import { spawnSync } from "node:child_process";
import type { z } from "zod";
import { type DaemonName, unitName } from "../config/paths.ts";
import {
  proxyStatusSchema,
  type ReloadResult,
  reloadResultSchema,
  type StatusQuestion,
  vrrpStatusSchema,
} from "../config/status.ts";
import { askStatus } from "../daemon/status-socket.ts";
import { done, failed, type Outcome } from "./outcome.ts";
import { type Places, programBelow, statusSocketBelow } from "./places.ts";

/** Longest time for a daemon to answer a question, and to have loaded a configuration. */
const STATUS_WAIT_MS = 5_000;
const RELOAD_WAIT_MS = 30_000;
/** Longer than a daemon waits for its successor. */
const REPLACE_WAIT_MS = 75_000;
/** How much of a unit's journal explains why it did not start. */
const JOURNAL_LINES = 5;

/** The part of a daemon's status that an applied document is judged by. */
export type AppliedStatus = {
  readonly hashes: Readonly<Record<string, string>>;
  /** Why the daemon does not do its work, or undefined when it does. */
  readonly trouble: string | undefined;
};

/** A file, and what it is to hold; undefined: it is to be gone. */
export type FileChange = {
  /** Below the configuration directory. */
  readonly path: string;
  readonly content: Uint8Array | undefined;
};

/** What lbctl asks of the two daemons of a host, and of the system that runs them. */
export type Daemons = {
  readonly isRunning: (daemon: DaemonName) => boolean;
  /** Comes back when the daemon says that it is ready. */
  readonly start: (daemon: DaemonName) => Outcome;
  readonly stop: (daemon: DaemonName) => Outcome;
  /** Reads a configuration directory with the host's own binary, touching nothing. */
  readonly check: (daemon: DaemonName, configDir: string) => Outcome;
  /**
   * What a daemon that runs says of a change of its files. It knows the others already, so the answer does not take
   * longer because there are many.
   *
   * @returns undefined when it can't be asked, or does not know how
   */
  readonly consider: (daemon: DaemonName, files: readonly FileChange[]) => Promise<Outcome | undefined>;
  readonly reload: (daemon: DaemonName) => Promise<ReloadResult>;
  /** Has the release that is in use now take over from the running one. Not every daemon knows how. */
  readonly replace: (daemon: DaemonName) => Promise<ReloadResult>;
  readonly status: (daemon: DaemonName) => Promise<AppliedStatus>;
};

/** The daemons as systemd runs them. */
export function systemdDaemons(places: Places): Daemons {
  return {
    isRunning: (daemon) => systemctl("is-active", "--quiet", unitName(daemon)).ok,
    start: (daemon) => {
      const outcome = systemctl("start", unitName(daemon));
      return outcome.ok ? outcome : failed(`${unitName(daemon)} did not start`, ...journalOf(daemon));
    },
    stop: (daemon) => systemctl("stop", unitName(daemon)),
    ...askingDaemons(places),
  };
}

/** Has both daemons read their files again; each keeps what it has when they are wrong. Shows what waits for a start. */
export async function reloadDaemons(
  { reload }: Pick<Daemons, "reload">,
  show: (text: string) => void,
): Promise<Outcome> {
  const reasons: string[] = [];
  for (const daemon of ["proxy", "vrrp"] as const) {
    const { isOk, problems, notices = [] } = await reload(daemon);
    for (const notice of notices) show(`${notice}\n`);
    if (!isOk) reasons.push(...problems);
  }
  return reasons.length === 0 ? done : failed(...reasons);
}

/** What works without systemd: the binary's own check, and the status sockets. */
export function askingDaemons(places: Places): Pick<Daemons, "check" | "consider" | "reload" | "replace" | "status"> {
  return {
    check: (daemon, configDir) => run(programBelow(places, `lbpair-${daemon}`), "--check", "--config-dir", configDir),
    consider: async (daemon, files) => {
      const texts = files.map(({ path, content }) => ({
        path,
        text: content === undefined ? null : Buffer.from(content).toString(),
      }));
      const question = { request: "check", files: texts } as const;
      const answer = await askStatus(statusSocketBelow(places, daemon), question, RELOAD_WAIT_MS).catch(
        () => undefined,
      );
      const parsed = reloadResultSchema.safeParse(answer);
      if (!parsed.success) return undefined;
      return parsed.data.isOk ? done : failed(...parsed.data.problems);
    },
    reload: async (daemon) => {
      const socket = statusSocketBelow(places, daemon);
      return reloadResultSchema.parse(await askStatus(socket, { request: "reload" }, RELOAD_WAIT_MS));
    },
    replace: async (daemon) => {
      const socket = statusSocketBelow(places, daemon);
      return reloadResultSchema.parse(await askStatus(socket, { request: "replace" }, REPLACE_WAIT_MS));
    },
    status: async (daemon) => {
      const question: StatusQuestion = { request: "status", apps: [] };
      const answer = await askStatus(statusSocketBelow(places, daemon), question, STATUS_WAIT_MS);
      return daemon === "proxy" ? proxyApplied(answer) : vrrpApplied(answer);
    },
  };
}

function proxyApplied(answer: unknown): AppliedStatus {
  const { hashes, isServing, because }: z.output<typeof proxyStatusSchema> = proxyStatusSchema.parse(answer);
  return { hashes, trouble: isServing ? undefined : because };
}

function vrrpApplied(answer: unknown): AppliedStatus {
  return { hashes: vrrpStatusSchema.parse(answer).hashes, trouble: undefined };
}

export function systemctl(...words: readonly string[]): Outcome {
  return run("systemctl", "--no-ask-password", ...words);
}

/** Runs a program to its end; what it printed are the reasons when it fails. */
export function run(program: string, ...words: readonly string[]): Outcome {
  const { status, error, stdout, stderr } = spawnSync(program, words, {
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
  });
  if (error !== undefined) return failed(`${program}: ${error.message}`);
  if (status === 0) return done;
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
  return failed(...(lines.length > 0 ? lines : [`${program} ended with status ${status ?? "none"}`]));
}

function journalOf(daemon: DaemonName): string[] {
  const { stdout } = spawnSync(
    "journalctl",
    ["--unit", unitName(daemon), "--lines", String(JOURNAL_LINES), "--output", "cat", "--no-pager"],
    { encoding: "utf8" },
  );
  return (stdout ?? "").split("\n").filter((line) => line.trim() !== "");
}
