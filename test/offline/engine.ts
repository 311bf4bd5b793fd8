import services from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { serve } from "../../lab/offline/grpc/serve.ts";
import { unary } from "../../lab/offline/grpc/unary.ts";

/** What the engine is told: `status` lines are shown while a resource is worked on, the rest is kept. */
export type Told = { severity: string; text: string; urn: string; isStatus: boolean };

/** The part of an engine that plugins log to. */
export async function openEngine() {
  const told: Told[] = [];
  const waiting: { isIt: (one: Told) => boolean; tell: () => void }[] = [];
  const log = unary(async (request: LogRequest) => {
    const severity = ["debug", "info", "warning", "error"][request.getSeverity()] ?? "";
    const one = { severity, text: request.getMessage(), urn: request.getUrn(), isStatus: request.getEphemeral() };
    told.push(one);
    for (const { isIt, tell } of waiting) if (isIt(one)) tell();
    return new empty.Empty();
  });
  const serving = await serve(services.EngineService, { log });
  return {
    address: `127.0.0.1:${serving.port}`,
    told,
    /** Resolves with the next message that fits. */
    until: (isIt: (one: Told) => boolean) => new Promise<void>((tell) => waiting.push({ isIt, tell })),
    close: serving.close,
  };
}
