import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from "@grpc/grpc-js";

/** A plugin's gRPC server. */
export type Serving = { readonly port: number; readonly close: () => void };

/** Messages of any size: a command's output may be large. */
const NO_LIMIT = -1;

/** Serves the engine on a loopback port that the system picks. */
export async function serve(
  definition: ServiceDefinition,
  implementation: UntypedServiceImplementation,
): Promise<Serving> {
  const server = new Server({
    "grpc.max_receive_message_length": NO_LIMIT,
    "grpc.max_send_message_length": NO_LIMIT,
  });
  server.addService(definition, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, close: () => server.forceShutdown() };
}
