import type { ChildProcess } from "node:child_process";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { unary } from "../grpc/unary.ts";
import type { Host } from "../nodejs/host.ts";
import { outcomeOf } from "../nodejs/run.ts";
import { HOST_VERSION } from "../nodejs/service.ts";

/**
 * Gets a program ready and starts it.
 *
 * @throws Error that tells the user why it can't be
 */
export type StartProgram = (request: RunRequest, host: Host) => Promise<ChildProcess>;

/**
 * The engine's way to programs of a language (pulumirpc.LanguageRuntime), and to nothing else of it: plugins, SDKs and
 * installations are left to the language's own tools.
 *
 * What a program needs is not told beforehand. The engine asks for a plugin when the program first uses it.
 */
export function programService(start: StartProgram, host: Host): UntypedServiceImplementation {
  return {
    handshake: unary(async () => new messages.LanguageHandshakeResponse()),
    getPluginInfo: unary(async () => {
      const info = new plugin.PluginInfo();
      info.setVersion(HOST_VERSION);
      return info;
    }),
    runtimeOptionsPrompts: unary(async () => new messages.RuntimeOptionsResponse()),
    about: unary(async () => {
      const response = new messages.AboutResponse();
      response.getMetadataMap().set("host", "offline stand-in of lbpair");
      return response;
    }),
    getRequiredPackages: unary(async () => new messages.GetRequiredPackagesResponse()),
    getRequiredPlugins: unary(async () => new messages.GetRequiredPluginsResponse()),
    getProgramDependencies: unary(async () => new messages.GetProgramDependenciesResponse()),
    run: unary(async (request: RunRequest) => {
      const child = await start(request, host);
      host.children.add(child);
      const { error, isReported } = await outcomeOf(child);
      const response = new messages.RunResponse();
      response.setError(error);
      response.setBail(isReported);
      return response;
    }),
    cancel: unary(async () => {
      await host.children.endAll();
      return new empty.Empty();
    }),
  };
}

/** What a program reads of its run, as every SDK but that for Node takes it. */
export function environmentOf(request: RunRequest, host: Host): NodeJS.ProcessEnv {
  return {
    ...host.environment,
    PULUMI_ORGANIZATION: request.getOrganization() || "organization",
    PULUMI_PROJECT: request.getProject(),
    PULUMI_ROOT_DIRECTORY: request.getInfo()?.getRootDirectory() ?? "",
    PULUMI_STACK: request.getStack(),
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    PULUMI_DRY_RUN: String(request.getDryrun()),
    PULUMI_PARALLEL: String(request.getParallel()),
    PULUMI_MONITOR: request.getMonitorAddress(),
    PULUMI_ENGINE: host.engine,
  };
}
