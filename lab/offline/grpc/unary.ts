import { type handleUnaryCall, status } from "@grpc/grpc-js";

/**
 * A handler of one call from what answers it.
 *
 * A throw becomes the call's error: its message is what the user of Pulumi reads.
 */
export function unary<Request, Response>(
  answer: (request: Request) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    answer(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => callback({ code: status.UNKNOWN, details: messageOf(error) }),
    );
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
