import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb.js";

/** What stands under `runtime.options` in Pulumi.yaml or PulumiPlugin.yaml. */
export type RuntimeOptions = {
  /** Whether the SDK compiles TypeScript (by ts-node). Without it Node runs .ts files by itself, unchecked and faster. */
  readonly isTypeScript: boolean;
  readonly tsconfig: string | undefined;
  readonly nodeArgs: readonly string[];
  readonly packageManager: string;
};

export function optionsOf(info: ProgramInfo | undefined): RuntimeOptions {
  const { typescript, tsconfig, nodeargs, packagemanager } = info?.getOptions()?.toJavaScript() ?? {};
  return {
    isTypeScript: typescript !== false,
    tsconfig: typeof tsconfig === "string" ? tsconfig : undefined,
    nodeArgs: typeof nodeargs === "string" ? nodeargs.split(/\s+/).filter((word) => word !== "") : [],
    packageManager: typeof packagemanager === "string" ? packagemanager : "npm",
  };
}
