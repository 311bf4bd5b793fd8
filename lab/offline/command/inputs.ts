import type { Values } from "../grpc/values.ts";

// The shapes as TypeScript sees them, once Check has let them pass and secrets are revealed.

/** Environment variables of the plugin's own process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One host to connect to. */
export type Hop = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly privateKey?: string;
  readonly privateKeyPassword?: string;
  readonly agentSocketPath?: string;
  readonly hostKey?: string;
  /** Failed attempts after which it gives up; -1: never. */
  readonly dialErrorLimit: number;
  /** Seconds for one attempt; 0: no limit. */
  readonly perDialTimeout: number;
};

export type Connection = Hop & { readonly proxy?: Hop };

export type Logging = "stdout" | "stderr" | "stdoutAndStderr" | "none";

export type Execution = {
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly logging?: Logging;
  /** Earlier output goes into the environment; default true. */
  readonly addPreviousOutputInEnv?: boolean;
};

/** Commands by the moment at which they run. */
export type Moments = { readonly create?: string; readonly update?: string; readonly delete?: string };

export type RemoteCommand = Execution & Moments;

export type LocalExecution = Execution & {
  readonly dir?: string;
  readonly interpreter?: readonly string[];
  readonly assetPaths?: readonly string[];
  readonly archivePaths?: readonly string[];
};

export type LocalCommand = LocalExecution & Moments;

/** What a command printed, each without one trailing newline. */
export type Output = { readonly stdout: string; readonly stderr: string };

/** Older states may lack what newer inputs have by default. */
const HOP_DEFAULTS = { port: 22, user: "root", dialErrorLimit: 10, perDialTimeout: 15 };

/**
 * Connection with every default in its place.
 *
 * @param environment of the plugin: its SSH_AUTH_SOCK is offered wherever no agent is named
 */
export function connectionOf(values: Values, environment: Environment): Connection {
  const agent = environment["SSH_AUTH_SOCK"];
  const defaults = { ...HOP_DEFAULTS, ...(agent ? { agentSocketPath: agent } : {}) };
  const given = values["connection"] as unknown as Connection;
  const connection = { ...defaults, ...given };
  return given.proxy === undefined ? connection : { ...connection, proxy: { ...defaults, ...given.proxy } };
}

/** Output that a state holds; empty strings where it holds none. */
export function outputOf(state: Values): Output {
  const text = (name: string) => (typeof state[name] === "string" ? state[name] : "");
  return { stdout: text("stdout"), stderr: text("stderr") };
}
