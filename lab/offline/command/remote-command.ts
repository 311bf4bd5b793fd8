import type { Context, ResourceType } from "../grpc/provider.ts";
import { commandFailed, describeRemoteExit } from "./failure.ts";
import { connectionOf, type Environment, type Execution, type Output } from "./inputs.ts";
import { lifecycleOfCommands } from "./moments.ts";
import { recordOutput } from "./output.ts";
import { outputs, remoteCommandInputs } from "./shapes.ts";
import { dial } from "./ssh/dial.ts";
import { openSession, type Session } from "./ssh/session.ts";

/** `command:remote:Command`: commands on a host, by ssh. */
export function remoteCommand(environment: Environment): ResourceType {
  return {
    inputs: remoteCommandInputs,
    outputs,
    ...lifecycleOfCommands(async (command, inputs, earlier, context) => {
      // Left open until the plugin ends, as the official one leaves it: tests with many
      // resources shall meet sshd's limits as a user would.
      const client = await dial(connectionOf(inputs, environment), context);
      const session = await openSession(client);
      const execution = inputs as Execution;
      await setEnvironment(session, execution, earlier, context);
      return runIn(session, command, execution, context);
    }),
  };
}

const HINT =
  "sshd takes only the variables that its AcceptEnv lists; a shell takes them in front of the command: NAME=value command";

async function setEnvironment(
  session: Session,
  execution: Execution,
  earlier: Output,
  { log }: Context,
): Promise<void> {
  for (const [name, value] of Object.entries(execution.environment ?? {})) {
    if (await session.setEnvironment(name, value)) continue;
    log.message("error", `Unable to set '${name}': ${HINT}`);
    throw new Error(`could not set environment variable ${JSON.stringify(name)}: ssh: setenv failed`);
  }
  if (execution.addPreviousOutputInEnv === false) return;
  const previous = { PULUMI_COMMAND_STDOUT: earlier.stdout, PULUMI_COMMAND_STDERR: earlier.stderr };
  for (const [name, value] of Object.entries(previous)) {
    if (value === "" || (await session.setEnvironment(name, value))) continue;
    log.message("warning", `Unable to set '${name}': ${HINT}`);
  }
}

async function runIn(session: Session, command: string, execution: Execution, { log }: Context): Promise<Output> {
  const recorder = recordOutput(execution.logging, log);
  const { stdin = "" } = execution;
  const failure = describeRemoteExit(await session.run(command, { stdin, ...recorder }));
  const output = recorder.finish();
  if (failure !== undefined) throw commandFailed(failure, command, recorder.everything());
  return output;
}
