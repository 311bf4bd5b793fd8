import services from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { engineAddressIn, untilUnwanted } from "../grpc/process.ts";
import { serve } from "../grpc/serve.ts";
import { keepChildren } from "../nodejs/children.ts";
import { programService, type StartProgram } from "./service.ts";

/** The life of an executable `pulumi-language-<language>`: tells its port, serves until nobody wants it. */
export async function hostPrograms(start: StartProgram): Promise<void> {
  const unwanted = untilUnwanted();
  const children = keepChildren();
  const engine = engineAddressIn(process.argv.slice(2)) ?? "";
  const service = programService(start, { engine, environment: process.env, children });
  const serving = await serve(services.LanguageRuntimeService, service);
  process.stdout.write(`${serving.port}\n`);
  await unwanted;
  await children.endAll();
  serving.close();
}
