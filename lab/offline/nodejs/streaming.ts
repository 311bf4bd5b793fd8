import type { ChildProcess } from "node:child_process";
import { type ServerWritableStream, status } from "@grpc/grpc-js";
import { messageOf } from "../grpc/unary.ts";
import { endChild } from "./children.ts";

/** How a child's life is told to the caller, message by message. */
export type Narration<Response> = {
  readonly stdout: (chunk: Buffer) => Response;
  readonly stderr: (chunk: Buffer) => Response;
  /** The last message; undefined: the stream just ends. A throw becomes the call's error. */
  readonly end: (exitStatus: number) => Response | undefined;
};

/** Answers a call with what a child process prints, as it prints it. A caller that goes away ends the child. */
export function streamChild<Request, Response>(
  call: ServerWritableStream<Request, Response>,
  start: () => ChildProcess,
  narration: Narration<Response>,
): void {
  // Not destroy(): grpc-js sends a status for an emitted error only.
  const fail = (error: unknown) => call.emit("error", { code: status.UNKNOWN, details: messageOf(error) });
  let child: ChildProcess;
  try {
    child = start();
  } catch (error) {
    fail(error);
    return;
  }
  child.stdout?.on("data", (chunk: Buffer) => call.write(narration.stdout(chunk)));
  child.stderr?.on("data", (chunk: Buffer) => call.write(narration.stderr(chunk)));
  call.on("cancelled", () => void endChild(child));
  child.once("error", fail);
  child.once("close", (exitStatus) => {
    try {
      const last = narration.end(exitStatus ?? 1);
      if (last !== undefined) call.write(last);
      call.end();
    } catch (error) {
      fail(error);
    }
  });
}
