import { any, boolean, type Field, number, type Shape, string, strings } from "../grpc/shape.ts";

// Inputs and outputs of @pulumi/command 1.2.1. Check marks as secret and fills in what
// the official plugin does: test/offline/data holds its recorded answers.

const text: Field = { type: string };

const hop: Shape = {
  host: { type: string, isRequired: true, description: "Name or address of the host" },
  port: { type: number, default: 22 },
  user: { type: string, default: "root" },
  password: { type: string, isSecret: true, description: "Also answers keyboard-interactive questions" },
  privateKey: { type: string, isSecret: true },
  privateKeyPassword: { type: string, isSecret: true },
  agentSocketPath: { type: string, description: "Default: the environment's SSH_AUTH_SOCK" },
  hostKey: { type: string, description: "Public key of the host, as in authorized_keys; default: any key is accepted" },
  dialErrorLimit: { type: { kind: "integer" }, default: 10, description: "-1: no limit" },
  perDialTimeout: { type: { kind: "integer" }, default: 15, description: "Seconds; 0: no limit" },
};

const connection: Field = {
  type: {
    kind: "object",
    name: "remote:Connection",
    fields: { ...hop, proxy: { type: { kind: "object", name: "remote:ProxyConnection", fields: hop } } },
  },
  isRequired: true,
  isSecret: true,
};

const triggers: Field = { type: { kind: "list", items: any }, isReplacedOnChange: true };
const logging: Field = { type: { kind: "string", oneOf: ["stdout", "stderr", "stdoutAndStderr", "none"] } };

/** What commands on a host and on this machine have in common. */
const execution: Shape = {
  environment: { type: { kind: "map", values: string } },
  stdin: text,
  logging,
  addPreviousOutputInEnv: { type: boolean },
};

const onThisMachine: Shape = {
  ...execution,
  dir: text,
  interpreter: { type: strings },
  assetPaths: { type: strings },
  archivePaths: { type: strings },
};

export const remoteCommandInputs: Shape = {
  connection,
  create: text,
  update: text,
  delete: text,
  triggers,
  ...execution,
};

export const copyToRemoteInputs: Shape = {
  connection,
  source: { type: { kind: "source" }, isRequired: true },
  remotePath: { type: string, isRequired: true },
  triggers,
};

export const localCommandInputs: Shape = { create: text, update: text, delete: text, triggers, ...onThisMachine };

export const localRunInputs: Shape = { command: { type: string, isRequired: true }, ...onThisMachine };

export const outputs: Shape = { stdout: text, stderr: text };

export const localOutputs: Shape = { ...outputs, assets: { type: any }, archive: { type: any } };
