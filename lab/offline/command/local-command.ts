import type { FunctionType, ResourceType } from "../grpc/provider.ts";
import type { Values } from "../grpc/values.ts";
import type { Environment, LocalExecution, Output } from "./inputs.ts";
import { lifecycleOfCommands } from "./moments.ts";
import { runLocally } from "./run-locally.ts";
import { localCommandInputs, localOutputs, localRunInputs } from "./shapes.ts";

const NOTHING: Output = { stdout: "", stderr: "" };

/** `command:local:Command`: commands on the machine that runs Pulumi. */
export function localCommand(environment: Environment): ResourceType {
  return {
    inputs: localCommandInputs,
    outputs: localOutputs,
    ...lifecycleOfCommands((command, inputs, earlier, context) =>
      runLocally(
        command,
        { ...(inputs as LocalExecution), environment: variables(inputs, earlier, environment) },
        context,
      ),
    ),
  };
}

/** `command:local:run`: a command at every preview and every update. */
export function localRun(environment: Environment): FunctionType {
  return {
    inputs: localRunInputs,
    outputs: localOutputs,
    invoke: (inputs, context) =>
      runLocally(
        String(inputs["command"]),
        { ...(inputs as LocalExecution), environment: variables(inputs, NOTHING, environment) },
        context,
      ),
  };
}

/** The plugin's own variables, the resource's, and the output of the run before. */
function variables(inputs: Values, earlier: Output, own: Environment): Record<string, string> {
  const { environment = {}, addPreviousOutputInEnv = true } = inputs as LocalExecution;
  const previous = addPreviousOutputInEnv
    ? { PULUMI_COMMAND_STDOUT: earlier.stdout, PULUMI_COMMAND_STDERR: earlier.stderr }
    : {};
  const given = Object.entries(previous).filter(([, value]) => value !== "");
  const inherited = Object.entries(own).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries([...inherited, ...Object.entries(environment), ...given]);
}
