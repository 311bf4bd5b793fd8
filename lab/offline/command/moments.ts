import { randomBytes } from "node:crypto";
import type { Context, ResourceType } from "../grpc/provider.ts";
import type { Values } from "../grpc/values.ts";
import { type Moments, type Output, outputOf } from "./inputs.ts";

/** Runs one command with the resource's inputs. */
export type Run = (command: string, inputs: Values, earlier: Output, context: Context) => Promise<Values>;

type Lifecycle = Pick<ResourceType, "previewId" | "isReplacedBy" | "create" | "update" | "delete">;

const NOTHING: Output = { stdout: "", stderr: "" };

/** A resource whose life is commands: which of them runs when, and what is kept if none is given. */
export function lifecycleOfCommands(run: Run): Lifecycle {
  return {
    previewId: uniqueId,
    // Elements of `triggers` are an update here; the SDK's replaceOnChanges makes the engine replace.
    isReplacedBy: ({ path }) => path === "triggers",
    create: async (inputs, context) => {
      const { create }: Moments = inputs;
      const added = create === undefined ? NOTHING : await run(create, inputs, NOTHING, context);
      return { id: uniqueId(context.name), added };
    },
    update: async (inputs, olds, context) => {
      const { create, update = create }: Moments = inputs;
      const earlier = outputOf(olds);
      return update === undefined ? earlier : run(update, inputs, earlier, context);
    },
    delete: async (olds, context) => {
      const { delete: command }: Moments = olds;
      if (command !== undefined) await run(command, olds, outputOf(olds), context);
    },
  };
}

function uniqueId(name: string): string {
  return name + randomBytes(4).toString("hex");
}
