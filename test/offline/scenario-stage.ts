import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UNKNOWN, type Values } from "../../lab/offline/grpc/values.ts";
import { type Answer, type Created, openPlugin, type Plugin } from "./plugin.ts";

/** A host with sshd, a POSIX shell and sftp-server, on which a scenario may write below /tmp/lbx. */
export type Target = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…` */
  readonly hostKey: string;
};

export const COMMAND = "command:remote:Command";
export const COPY = "command:remote:CopyToRemote";
export const LOCAL = "command:local:Command";

/** A plugin, a host, and a folder with files to copy: what a scenario is played on. */
export type Stage = {
  readonly plugin: Plugin;
  readonly target: Target;
  readonly folder: string;
  /** Connection to the host; quick to give up. */
  readonly connection: (change?: Values) => Values;
  /** What a command prints on the host. */
  readonly see: (command: string) => Promise<string>;
  readonly close: () => Promise<void>;
};

/** Sets up a stage; {@link Stage.close} takes it down. */
export async function openStage(target: Target): Promise<Stage> {
  const plugin = await openPlugin("command");
  const folder = mkdtempSync(join(tmpdir(), "lbpair-offline-"));
  mkdirSync(join(folder, "d/sub"), { recursive: true });
  writeFileSync(join(folder, "one.txt"), "1\n");
  writeFileSync(join(folder, "d/a.txt"), "A\n");
  writeFileSync(join(folder, "d/sub/b.txt"), "B\n");
  writeFileSync(join(folder, "d/run.sh"), "#!/bin/sh\n", { mode: 0o755 });
  const connection = (change: Values = {}): Values => ({ ...target, dialErrorLimit: 1, perDialTimeout: 5, ...change });
  return {
    ...{ plugin, target, folder, connection },
    see: async (command) => {
      const created = await plugin.create(COMMAND, { connection: connection(), create: command });
      if ("error" in created) throw new Error(created.error);
      return String(created.out["stdout"]);
    },
    close: async () => {
      await plugin.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** What a command printed, of all that a creation or an update answers. */
export function printed<T extends { out: Values }>(answer: Answer<T>): unknown {
  if ("error" in answer) return answer;
  const { stdout = null, stderr = null } = answer.out;
  return { ...answer, out: { stdout, stderr } };
}

/** Only whether a creation or an update was refused, and what can be seen of it on the host. */
export function outcome(answer: Answer<unknown>, seen: string): unknown {
  const error = (answer as { error?: string }).error;
  return error === undefined ? { seen } : { error, seen };
}

/** A creation's answer with what can be seen of it on the host. */
export function withSight(answer: Answer<Created>, seen: string): unknown {
  return { ...answer, seen };
}

/** The answer with this run's own values replaced by the words that the record has for them. */
export function anonymize(answer: unknown, { target, folder }: Stage): unknown {
  const quoted = (text: string) => JSON.stringify(text).slice(1, -1);
  const words: [string, string][] = [
    [quoted(target.privateKey), "<key>"],
    [quoted(target.hostKey), "<hostKey>"],
    [quoted(folder), "<work>"],
    [`${target.host}:${target.port}`, "<host>:<port>"],
    [target.host, "<host>"],
    [`"port":${target.port}`, `"port":22`],
  ];
  const text = JSON.stringify(answer, (key, value) => (key === "id" && value !== "" ? "<id>" : value));
  return JSON.parse(words.reduce((left, [own, word]) => left.replaceAll(own, word), text));
}

export { UNKNOWN };
