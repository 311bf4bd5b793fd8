import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { openEngineLog } from "./engine-log.ts";
import { engineAddressIn, untilUnwanted } from "./process.ts";
import type { Provider } from "./provider.ts";
import { serve } from "./serve.ts";
import { providerService } from "./service.ts";

/**
 * Serves a provider as the engine expects of a plugin: the port is the first line of
 * standard output. Returns when nobody needs the plugin any more; its caller then exits.
 *
 * @param args the plugin's command line; the engine's address stands at its end
 */
export async function runProvider(provider: Provider, args: readonly string[]): Promise<void> {
  const unwanted = untilUnwanted();
  const cancelled = new AbortController();
  const service = providerService(provider, openEngineLog(engineAddressIn(args)), cancelled);
  const serving = await serve(services.ResourceProviderService, service);
  process.stdout.write(`${serving.port}\n`);
  await unwanted;
  cancelled.abort(new Error("cancelled")); // ends the processes of this machine that commands have started
  serving.close();
}
