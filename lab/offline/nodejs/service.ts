import type { ServerWritableStream, UntypedServiceImplementation } from "@grpc/grpc-js";
import type {
  AboutRequest,
  GetProgramDependenciesRequest,
  GetRequiredPackagesRequest,
  GetRequiredPluginsRequest,
  InstallDependenciesRequest,
  InstallDependenciesResponse,
  RunPluginRequest,
  RunPluginResponse,
  RunRequest,
} from "@pulumi/pulumi/proto/language_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { unary } from "../grpc/unary.ts";
import type { Host } from "./host.ts";
import { startInstall } from "./install-dependencies.ts";
import { programDependencies, type RequiredPlugin, requiredPlugins } from "./packages.ts";
import { runProgram } from "./run.ts";
import { startPlugin } from "./run-plugin.ts";
import { streamChild } from "./streaming.ts";

/** The CLI that this host is made for. */
export const HOST_VERSION = "3.259.0";

/** The engine's way to programs and plugins for Node: pulumirpc.LanguageRuntime. */
export function languageService(host: Host): UntypedServiceImplementation {
  return {
    ...descriptions,
    run: unary(async (request: RunRequest) => {
      const { error, isReported } = await runProgram(request, host);
      const response = new messages.RunResponse();
      response.setError(error);
      response.setBail(isReported);
      return response;
    }),
    runPlugin: (call: ServerWritableStream<RunPluginRequest, RunPluginResponse>) =>
      streamChild(call, () => startPlugin(call.request, host), {
        stdout: (chunk) => filled(new messages.RunPluginResponse(), (one) => one.setStdout(chunk)),
        stderr: (chunk) => filled(new messages.RunPluginResponse(), (one) => one.setStderr(chunk)),
        end: (exitStatus) => filled(new messages.RunPluginResponse(), (one) => one.setExitcode(exitStatus)),
      }),
    installDependencies: (call: ServerWritableStream<InstallDependenciesRequest, InstallDependenciesResponse>) =>
      streamChild(call, () => startInstall(call.request, host), {
        stdout: (chunk) => filled(new messages.InstallDependenciesResponse(), (one) => one.setStdout(chunk)),
        stderr: (chunk) => filled(new messages.InstallDependenciesResponse(), (one) => one.setStderr(chunk)),
        end: (exitStatus) => {
          if (exitStatus !== 0) throw new Error(`npm install failed with status ${exitStatus}`);
          return undefined;
        },
      }),
    cancel: unary(async () => {
      await host.children.endAll();
      return new empty.Empty();
    }),
  };
}

const descriptions: UntypedServiceImplementation = {
  handshake: unary(async () => new messages.LanguageHandshakeResponse()),
  getPluginInfo: unary(async () => filled(new plugin.PluginInfo(), (info) => info.setVersion(HOST_VERSION))),
  runtimeOptionsPrompts: unary(async () => new messages.RuntimeOptionsResponse()),
  about: unary(async (_request: AboutRequest) => {
    const response = new messages.AboutResponse();
    response.setExecutable(process.execPath);
    response.setVersion(process.version);
    response.getMetadataMap().set("host", "offline stand-in of lbpair");
    return response;
  }),
  getRequiredPackages: unary(async (request: GetRequiredPackagesRequest) => {
    const response = new messages.GetRequiredPackagesResponse();
    const plugins = await requiredPlugins(request.getInfo()?.getProgramDirectory() ?? "");
    response.setPackagesList(plugins.map(encodePackage));
    return response;
  }),
  getRequiredPlugins: unary(async (request: GetRequiredPluginsRequest) => {
    const response = new messages.GetRequiredPluginsResponse();
    const plugins = await requiredPlugins(request.getInfo()?.getProgramDirectory() || request.getPwd());
    response.setPluginsList(plugins.map((one) => identified(new plugin.PluginDependency(), one)));
    return response;
  }),
  getProgramDependencies: unary(async (request: GetProgramDependenciesRequest) => {
    const scope = request.getTransitivedependencies() ? "transitive" : "direct";
    const directory = request.getInfo()?.getProgramDirectory() || request.getPwd();
    const response = new messages.GetProgramDependenciesResponse();
    for (const { name, version } of await programDependencies(directory, scope)) {
      response.addDependencies(filled(new messages.DependencyInfo(), (one) => one.setName(name).setVersion(version)));
    }
    return response;
  }),
};

function encodePackage(required: RequiredPlugin) {
  const message = identified(new plugin.PackageDependency(), required);
  const { parameterization } = required;
  if (parameterization !== undefined) {
    const part = new plugin.PackageParameterization();
    part.setName(parameterization.name);
    part.setVersion(parameterization.version);
    part.setValue(parameterization.value); // base64, as package.json has it
    message.setParameterization(part);
  }
  return message;
}

type Identified = { [K in "setName" | "setKind" | "setVersion" | "setServer"]: (value: string) => unknown };

function identified<T extends Identified>(message: T, { name, version, server }: RequiredPlugin): T {
  message.setName(name);
  message.setKind("resource");
  message.setVersion(version);
  message.setServer(server);
  return message;
}

function filled<T>(message: T, fill: (message: T) => unknown): T {
  fill(message);
  return message;
}
