import type { Failure } from "./check.ts";
import type { Change } from "./diff.ts";
import type { ResourceLog } from "./engine-log.ts";
import type { Shape } from "./shape.ts";
import type { Values } from "./values.ts";

/** What a create, update or delete may use besides its inputs. */
export type Context = {
  readonly urn: string;
  /** The resource's name in the program. */
  readonly name: string;
  /** Aborted when the user cancels or the resource's own time limit passes. */
  readonly signal: AbortSignal;
  readonly log: ResourceLog;
};

/**
 * One type of resource.
 *
 * Inputs come in without marks of secrets. The inputs are part of the outputs by
 * themselves, marks included; `create` and `update` return what is added to them.
 */
export type ResourceType = {
  readonly inputs: Shape;
  /** What is added to the inputs. A field marked secret is sent as a secret. */
  readonly outputs: Shape;
  /** Outputs for inputs that were not given; known already in a preview. */
  readonly outputDefaults?: Values;
  /** Inputs that a preview shows as unknown among the outputs. */
  readonly isUnknownInPreview?: (input: string) => boolean;
  /** Whether an update leaves all that was added as it is. */
  readonly keepsOutputsInUpdate?: boolean;
  /** Rules beyond the shape, told what the shape refused already. Some inputs may be unknown. */
  readonly check?: (inputs: Values, refused: readonly Failure[]) => Failure[];
  /** Last word on the inputs that Check returns. */
  readonly completeInputs?: (inputs: Values) => Values;
  /** Whether the mark of a secret is ignored when inputs are compared. */
  readonly comparesPlain?: boolean;
  readonly isReplacedBy: (change: Change) => boolean;
  /** Changes that no input shows: what time did. */
  readonly changesByTime?: (olds: Values, news: Values) => Change[];
  /** The id that a preview shows. */
  readonly previewId: (name: string) => string;
  readonly create: (inputs: Values, context: Context) => Promise<{ id: string; added: Values }>;
  readonly update: (inputs: Values, olds: Values, context: Context) => Promise<Values>;
  readonly delete: (olds: Values, context: Context) => Promise<void>;
  /** State as it is now; default: as it was. */
  readonly read?: (state: Values) => Values;
};

/** A function that programs call (`invoke`). */
export type FunctionType = {
  readonly inputs: Shape;
  readonly outputs: Shape;
  readonly check?: (inputs: Values) => Failure[];
  readonly invoke: (inputs: Values, context: Context) => Promise<Values>;
};

/** A package: its resources by type token, its functions by token. */
export type Provider = {
  readonly name: string;
  readonly version: string;
  readonly config: Shape;
  readonly resources: Readonly<Record<string, ResourceType>>;
  readonly functions: Readonly<Record<string, FunctionType>>;
};
