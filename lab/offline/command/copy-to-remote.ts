import { randomBytes } from "node:crypto";
import type { Failure } from "../grpc/check.ts";
import { isSame } from "../grpc/diff.ts";
import type { Context, ResourceType } from "../grpc/provider.ts";
import { asArchive, asAsset, type Value, type Values } from "../grpc/values.ts";
import { connectionOf, type Environment } from "./inputs.ts";
import { copyToRemoteInputs } from "./shapes.ts";
import { copyPath, copyText } from "./ssh/copy.ts";
import { dial } from "./ssh/dial.ts";

/** `command:remote:CopyToRemote`: a file, a directory or a text to a host, by sftp. */
export function copyToRemote(environment: Environment): ResourceType {
  return {
    inputs: copyToRemoteInputs,
    outputs: {},
    check: checkSource,
    completeInputs: (inputs) => ({ source: {}, ...inputs }),
    isReplacedBy: ({ path }) => path === "triggers",
    isUnknownInPreview: (name) => name === "source",
    previewId: () => "",
    create: async (inputs, context) => {
      await copy(inputs, environment, context);
      return { id: randomBytes(4).toString("hex"), added: {} };
    },
    update: async (inputs, olds, context) => {
      // A changed connection alone copies nothing, as in the official plugin.
      const isOther =
        !isSame(olds["source"] ?? null, inputs["source"] ?? null) || olds["remotePath"] !== inputs["remotePath"];
      if (isOther) await copy(inputs, environment, context);
      return {};
    },
    delete: async () => undefined, // what was copied stays
  };
}

function checkSource(inputs: Values, refused: readonly Failure[]): Failure[] {
  if (refused.some(({ property }) => property === "source")) {
    return [{ property: "asset", reason: "got no source, want an asset or an archive" }];
  }
  const [asset, archive] = [asAsset(inputs["source"]), asArchive(inputs["source"])];
  if (asset !== undefined && !asset.path && asset.text === undefined) {
    return [{ property: "asset", reason: "got a remote asset, want a file or a text" }];
  }
  if (archive !== undefined && !archive.path) {
    return [{ property: "archive", reason: "got an archive without a path, want a file or a directory" }];
  }
  return [];
}

async function copy(inputs: Values, environment: Environment, context: Context): Promise<void> {
  const remotePath = String(inputs["remotePath"]);
  const write = writer(inputs["source"] ?? null, remotePath);
  const client = await dial(connectionOf(inputs, environment), context);
  try {
    await write(client);
  } finally {
    client.end();
  }
}

function writer(source: Value, remotePath: string) {
  const path = asAsset(source)?.path || asArchive(source)?.path;
  const text = asAsset(source)?.text ?? "";
  type Client = Parameters<typeof copyPath>[0];
  return (client: Client) => (path ? copyPath(client, path, remotePath) : copyText(client, text, remotePath));
}
