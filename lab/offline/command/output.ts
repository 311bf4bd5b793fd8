import { StringDecoder } from "node:string_decoder";
import type { ResourceLog } from "../grpc/engine-log.ts";
import type { Logging, Output } from "./inputs.ts";

/** Takes what a command prints, shows it line by line while it runs, and keeps it. */
export type Recorder = {
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
  /** To be called when the command has ended: shows a last line without end. */
  readonly finish: () => Output;
  /** Both streams in the order in which they came, for the error of a command that failed. */
  readonly everything: () => string;
};

export function recordOutput(logging: Logging | undefined, log: ResourceLog): Recorder {
  const [stdout, stderr, both]: [Buffer[], Buffer[], Buffer[]] = [[], [], []];
  const isShown = logging ?? "stdoutAndStderr";
  const lines = eachLine(log.status);
  const record = (own: Buffer[], isLogged: boolean) => (chunk: Buffer) => {
    own.push(chunk);
    both.push(chunk);
    if (isLogged) lines.add(chunk);
  };
  return {
    onStdout: record(stdout, isShown === "stdout" || isShown === "stdoutAndStderr"),
    onStderr: record(stderr, isShown === "stderr" || isShown === "stdoutAndStderr"),
    finish: () => {
      lines.finish();
      return { stdout: textOf(stdout), stderr: textOf(stderr) };
    },
    everything: () => Buffer.concat(both).toString(),
  };
}

/** The official plugin cuts one newline, no more. */
function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString().replace(/\n$/, "");
}

function eachLine(onLine: (line: string) => void): { add: (chunk: Buffer) => void; finish: () => void } {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return {
    add: (chunk) => {
      const lines = (rest + decoder.write(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line.replace(/\r$/, ""));
    },
    finish: () => onLine(rest + decoder.end()),
  };
}
