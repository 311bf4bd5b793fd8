import type { CheckResponse, DiffResponse } from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Failure } from "./check.ts";
import type { PlannedChange } from "./lifecycle.ts";
import type { Values } from "./values.ts";

export function fromStruct(message: Struct | undefined): Values {
  return (message?.toJavaScript() ?? {}) as Values;
}

export function toStruct(values: Values): Struct {
  return struct.Struct.fromJavaScript(values);
}

export function encodeCheck(inputs: Values, failures: readonly Failure[]): CheckResponse {
  const response = new messages.CheckResponse();
  response.setInputs(toStruct(inputs));
  for (const { property, reason } of failures) {
    const failure = response.addFailures();
    failure.setProperty(property);
    failure.setReason(reason);
  }
  return response;
}

export function encodeDiff(changes: readonly PlannedChange[]): DiffResponse {
  const { DiffChanges } = messages.DiffResponse;
  const response = new messages.DiffResponse();
  response.setChanges(changes.length > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE);
  response.setHasdetaileddiff(true);
  for (const change of changes) {
    const detail = new messages.PropertyDiff();
    detail.setKind(kindOf(change));
    response.getDetaileddiffMap().set(change.path, detail);
    response.addDiffs(change.path);
    if (change.isReplace) response.addReplaces(change.path);
  }
  return response;
}

function kindOf({ kind, isReplace }: PlannedChange) {
  const { Kind } = messages.PropertyDiff;
  switch (kind) {
    case "add":
      return isReplace ? Kind.ADD_REPLACE : Kind.ADD;
    case "delete":
      return isReplace ? Kind.DELETE_REPLACE : Kind.DELETE;
    case "update":
      return isReplace ? Kind.UPDATE_REPLACE : Kind.UPDATE;
  }
}
