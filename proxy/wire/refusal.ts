/**
 * A message that is refused: the status the client gets, and why, for the log.
 *
 * For a response of a backend the status is the client's as well: 502.
 */
export type Refusal = { readonly ok: false; readonly status: number; readonly because: RefusalReason };

export type RefusalReason =
  | "badRequestLine"
  | "badVersion"
  | "badTarget"
  | "badPath"
  | "badHost"
  | "badFieldName"
  | "badFieldValue"
  | "folded"
  | "tooManyFields"
  | "headTooLarge"
  | "headTimeout"
  | "targetTooLong"
  | "bareLineFeed"
  | "badContentLength"
  | "badTransferEncoding"
  | "unknownTransferCoding"
  | "badChunk"
  | "badExpectation"
  | "badConnection"
  | "badMethod"
  | "badStatusLine";

export function refuse(status: number, because: RefusalReason): Refusal {
  return { ok: false, status, because };
}

/** Whether a result is a refusal; only refusals carry a reason. */
export function isRefusal(result: object): result is Refusal {
  return "because" in result;
}
