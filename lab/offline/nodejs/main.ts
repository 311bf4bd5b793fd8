import services from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { engineAddressIn, untilUnwanted } from "../grpc/process.ts";
import { serve } from "../grpc/serve.ts";
import { keepChildren } from "./children.ts";
import { languageService } from "./service.ts";

// The executable `pulumi-language-nodejs` (lab/offline/install.ts).

const unwanted = untilUnwanted();
const children = keepChildren();
const engine = engineAddressIn(process.argv.slice(2)) ?? "";
const serving = await serve(
  services.LanguageRuntimeService,
  languageService({ engine, environment: process.env, children }),
);
process.stdout.write(`${serving.port}\n`);
await unwanted;
await children.endAll();
serving.close();
process.exit(0);
