import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import type {
  CheckRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  InvokeRequest,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { checkInputs } from "./check.ts";
import type { EngineLog } from "./engine-log.ts";
import { checkResource, diffResource, keptOutputs, outputsOf, previewOutputs } from "./lifecycle.ts";
import { encodeCheck, encodeDiff, fromStruct, toStruct } from "./messages.ts";
import type { Context, FunctionType, Provider, ResourceType } from "./provider.ts";
import { renderSchema } from "./schema.ts";
import { unary } from "./unary.ts";
import { revealAll, type Values } from "./values.ts";

/**
 * The engine's way to a provider: pulumirpc.ResourceProvider.
 *
 * @param cancelled ends all work that is under way or still comes
 */
export function providerService(
  provider: Provider,
  engineLog: EngineLog,
  cancelled: AbortController,
): UntypedServiceImplementation {
  const typeOf = (urn: string): ResourceType => {
    const token = urn.split("::")[2]?.split("$").at(-1) ?? "";
    return lookUp(provider.resources, token, `the offline ${provider.name} plugin has no resource`);
  };
  const contextOf = (urn: string, timeoutSeconds: number): Context => {
    const timeout = timeoutSeconds > 0 ? [AbortSignal.timeout(timeoutSeconds * 1000)] : [];
    const signal = AbortSignal.any([cancelled.signal, ...timeout]);
    return { urn, name: urn.split("::").at(-1) ?? "", signal, log: engineLog.forResource(urn) };
  };
  return {
    ...describe(provider),
    ...lifecycleCalls(typeOf, contextOf),
    invoke: unary(async (request: InvokeRequest) => {
      const type = lookUp(provider.functions, request.getTok(), `the offline ${provider.name} plugin has no function`);
      return invoke(type, fromStruct(request.getArgs()), contextOf("", 0));
    }),
    cancel: unary(async () => {
      cancelled.abort(new Error("cancelled"));
      return new empty.Empty();
    }),
    attach: unary(async () => new empty.Empty()),
  };
}

function describe(provider: Provider): UntypedServiceImplementation {
  return {
    handshake: unary(async () => {
      const response = new messages.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setAcceptResources(true);
      return response;
    }),
    getPluginInfo: unary(async () => {
      const info = new plugin.PluginInfo();
      info.setVersion(provider.version);
      return info;
    }),
    getSchema: unary(async () => {
      const response = new messages.GetSchemaResponse();
      response.setSchema(JSON.stringify(renderSchema(provider)));
      return response;
    }),
    checkConfig: unary(async (request: CheckRequest) => {
      const response = new messages.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: unary(async () => new messages.DiffResponse()), // "unknown": the engine compares by itself
    configure: unary(async () => {
      const response = new messages.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setAcceptresources(true);
      response.setSupportspreview(true);
      return response;
    }),
  };
}

function lifecycleCalls(
  typeOf: (urn: string) => ResourceType,
  contextOf: (urn: string, timeoutSeconds: number) => Context,
): UntypedServiceImplementation {
  return {
    check: unary(async (request: CheckRequest) => {
      const { inputs, failures } = checkResource(typeOf(request.getUrn()), fromStruct(request.getNews()));
      return encodeCheck(inputs, failures);
    }),
    diff: unary(async (request: DiffRequest) => {
      const type = typeOf(request.getUrn());
      return encodeDiff(diffResource(type, fromStruct(request.getOlds()), fromStruct(request.getNews())));
    }),
    create: unary(async (request: CreateRequest) => {
      const type = typeOf(request.getUrn());
      const inputs = fromStruct(request.getProperties());
      const context = contextOf(request.getUrn(), request.getTimeout());
      const response = new messages.CreateResponse();
      if (request.getPreview()) {
        response.setId(type.previewId(context.name));
        response.setProperties(toStruct(previewOutputs(type, inputs)));
        return response;
      }
      const { id, added } = await logged(context, type.create(revealAll(inputs), context));
      response.setId(id);
      response.setProperties(toStruct(outputsOf(type, inputs, added)));
      return response;
    }),
    update: unary(async (request: UpdateRequest) => {
      const type = typeOf(request.getUrn());
      const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
      const context = contextOf(request.getUrn(), request.getTimeout());
      const response = new messages.UpdateResponse();
      if (request.getPreview()) {
        response.setProperties(toStruct(previewOutputs(type, news, olds)));
        return response;
      }
      const added = await logged(context, type.update(revealAll(news), revealAll(olds), context));
      response.setProperties(toStruct(outputsOf(type, news, { ...keptOutputs(type, olds), ...added })));
      return response;
    }),
    delete: unary(async (request: DeleteRequest) => {
      const context = contextOf(request.getUrn(), request.getTimeout());
      const olds = revealAll(fromStruct(request.getProperties()));
      await logged(context, typeOf(request.getUrn()).delete(olds, context));
      return new empty.Empty();
    }),
    read: unary(async (request: ReadRequest) => {
      const type = typeOf(request.getUrn());
      const state = fromStruct(request.getProperties());
      const response = new messages.ReadResponse();
      response.setId(request.getId());
      response.setInputs(request.getInputs());
      response.setProperties(toStruct({ ...state, ...type.read?.(revealAll(state)) }));
      return response;
    }),
  };
}

async function invoke(type: FunctionType, args: Values, context: Context) {
  const checked = checkInputs(type.inputs, args);
  const inputs = revealAll(checked.inputs);
  const failures = checked.failures.length > 0 ? checked.failures : (type.check?.(inputs) ?? []);
  const response = new messages.InvokeResponse();
  if (failures.length > 0) {
    response.setFailuresList(encodeCheck({}, failures).getFailuresList());
    return response;
  }
  const added = await logged(context, type.invoke(inputs, context));
  response.setReturn(toStruct({ ...inputs, ...added }));
  return response;
}

/** The outcome of some work, once the engine has all that was logged. */
async function logged<T>(context: Context, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    await context.log.flush();
  }
}

function lookUp<T>(table: Readonly<Record<string, T>>, token: string, complaint: string): T {
  const found = Object.hasOwn(table, token) ? table[token] : undefined;
  if (found === undefined)
    throw new Error(`${complaint} ${JSON.stringify(token)}, only ${Object.keys(table).join(", ")}`);
  return found;
}
