import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type {
  CheckResponse,
  CreateResponse,
  DiffResponse,
  GetSchemaResponse,
  InvokeResponse,
  ReadResponse,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { fromStruct, toStruct } from "../../lab/offline/grpc/messages.ts";
import type { Value, Values } from "../../lab/offline/grpc/values.ts";

// Talks to a plugin as the engine does, without an engine in between.

/** A plugin's answer; refused calls are values too. */
export type Answer<T> = T | { error: string };

export type Checked = { inputs: Values; failures: { property: string; reason: string }[] };
export type Differences = {
  changes: string;
  replaces: string[];
  deleteBeforeReplace: boolean;
  detail: Record<string, string>;
};
export type Created = { id: string; out: Values };

export type Plugin = {
  readonly process: ChildProcess;
  readonly check: (type: string, news: Values) => Promise<Answer<Checked>>;
  readonly diff: (type: string, state: Values, news: Values) => Promise<Answer<Differences>>;
  readonly create: (
    type: string,
    inputs: Values,
    how?: { isPreview?: boolean; timeoutS?: number },
  ) => Promise<Answer<Created>>;
  readonly update: (
    type: string,
    state: Values,
    news: Values,
    how?: { isPreview?: boolean },
  ) => Promise<Answer<{ out: Values }>>;
  readonly delete: (type: string, state: Values) => Promise<Answer<{ deleted: true }>>;
  readonly read: (type: string, state: Values) => Promise<Answer<{ out: Values }>>;
  readonly invoke: (token: string, args: Values) => Promise<Answer<{ out: Values; failures: string[] }>>;
  readonly schema: () => Promise<{ [key: string]: unknown }>;
  readonly cancel: () => Promise<unknown>;
  /** Ends the plugin as the engine does, and waits for it. */
  readonly close: () => Promise<number | null>;
};

export type PluginOptions = {
  /** Default: an address where nobody listens. */
  readonly engine?: string;
  readonly environment?: Readonly<Record<string, string>>;
};

/** Starts one of the offline plugins. */
export async function openPlugin(name: "command" | "tls", options: PluginOptions = {}): Promise<Plugin> {
  const main = fileURLToPath(new URL(`../../lab/offline/${name}/main.ts`, import.meta.url));
  const env = { ...process.env, SSH_AUTH_SOCK: "", ...options.environment };
  const child = spawn(process.execPath, [main, options.engine ?? "127.0.0.1:1"], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const client = new services.ResourceProviderClient(`127.0.0.1:${Number(line)}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  return {
    process: child,
    ...callsOf(client),
    close: async () => {
      client.close();
      child.kill("SIGINT");
      const [code] = child.exitCode === null ? await once(child, "exit") : [child.exitCode];
      return code;
    },
  };
}

type Done<Response> = (error: ServiceError | null, response: Response) => void;

type Client = InstanceType<typeof services.ResourceProviderClient>;

function callsOf(client: Client): Omit<Plugin, "process" | "close"> {
  return {
    check: (type, news) => {
      const request = addressed(new messages.CheckRequest(), type);
      request.setNews(toStruct(news));
      return answered(
        (done: Done<CheckResponse>) => client.check(request, done),
        (response) => ({
          inputs: fromStruct(response.getInputs()),
          failures: response.getFailuresList().map((one) => ({ property: one.getProperty(), reason: one.getReason() })),
        }),
      );
    },
    diff: (type, state, news) => {
      const request = addressed(new messages.DiffRequest(), type);
      request.setId("x");
      request.setOlds(toStruct(state));
      request.setNews(toStruct(news));
      return answered((done) => client.diff(request, done), describeDiff);
    },
    create: (type, inputs, { isPreview = false, timeoutS = 0 } = {}) => {
      const request = addressed(new messages.CreateRequest(), type);
      request.setProperties(toStruct(inputs));
      request.setPreview(isPreview);
      request.setTimeout(timeoutS);
      return answered(
        (done: Done<CreateResponse>) => client.create(request, done),
        (response) => ({
          id: response.getId(),
          out: fromStruct(response.getProperties()),
        }),
      );
    },
    update: (type, state, news, { isPreview = false } = {}) => {
      const request = addressed(new messages.UpdateRequest(), type);
      request.setId("x");
      request.setOlds(toStruct(state));
      request.setNews(toStruct(news));
      request.setPreview(isPreview);
      return answered(
        (done: Done<UpdateResponse>) => client.update(request, done),
        (response) => ({ out: fromStruct(response.getProperties()) }),
      );
    },
    delete: (type, state) => {
      const request = addressed(new messages.DeleteRequest(), type);
      request.setId("x");
      request.setProperties(toStruct(state));
      return answered(
        (done) => client.delete(request, done),
        () => ({ deleted: true }) as const,
      );
    },
    read: (type, state) => {
      const request = addressed(new messages.ReadRequest(), type);
      request.setId("x");
      request.setProperties(toStruct(state));
      return answered(
        (done: Done<ReadResponse>) => client.read(request, done),
        (response) => ({ out: fromStruct(response.getProperties()) }),
      );
    },
    invoke: (token, args) => {
      const request = new messages.InvokeRequest();
      request.setTok(token);
      request.setArgs(toStruct(args));
      return answered(
        (done: Done<InvokeResponse>) => client.invoke(request, done),
        (response) => ({
          out: fromStruct(response.getReturn()),
          failures: response.getFailuresList().map((one) => one.getReason()),
        }),
      );
    },
    schema: async () => {
      const text = await answered(
        (done: Done<GetSchemaResponse>) => client.getSchema(new messages.GetSchemaRequest(), done),
        (one) => one.getSchema(),
      );
      return JSON.parse(String(text));
    },
    cancel: () =>
      answered(
        (done) => client.cancel(new empty.Empty(), done),
        () => true,
      ),
  };
}

/** The value of an answer that must not be a refusal. */
export function must<T>(answer: Answer<T>): T {
  if (typeof answer === "object" && answer !== null && "error" in answer) throw new Error(answer.error);
  return answer as T;
}

/** A field of an answer as text. */
export function text(values: Values, name: string): string {
  const value: Value | undefined = values[name];
  if (typeof value !== "string") throw new Error(`${name}: got ${typeof value}, want a string`);
  return value;
}

function addressed<
  T extends {
    setUrn: (urn: string) => unknown;
    setName: (name: string) => unknown;
    setType: (type: string) => unknown;
  },
>(request: T, type: string): T {
  request.setUrn(`urn:pulumi:dev::test::${type}::x`);
  request.setName("x");
  request.setType(type);
  return request;
}

function answered<Response, T>(
  call: (done: Done<Response>) => unknown,
  read: (response: Response) => T,
): Promise<Answer<T>> {
  return new Promise((resolve) => {
    call((error, response) => resolve(error === null ? read(response) : { error: error.details }));
  });
}

function describeDiff(response: DiffResponse): Differences {
  const kinds = namesOf(messages.PropertyDiff.Kind);
  const detail: Record<string, string> = {};
  response.getDetaileddiffMap().forEach((one, path) => {
    detail[path] = kinds[one.getKind()] ?? "";
  });
  return {
    changes: namesOf(messages.DiffResponse.DiffChanges)[response.getChanges()] ?? "",
    replaces: response.getReplacesList().sort(),
    deleteBeforeReplace: response.getDeletebeforereplace(),
    detail,
  };
}

function namesOf(words: object): Record<number, string> {
  return Object.fromEntries(Object.entries(words).map(([name, number]) => [number, name]));
}
