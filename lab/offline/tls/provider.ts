import type { Provider } from "../grpc/provider.ts";
import { any } from "../grpc/shape.ts";
import { certRequest } from "./cert-request.ts";
import { getPublicKey } from "./get-public-key.ts";
import { locallySignedCert } from "./locally-signed.ts";
import { privateKey } from "./private-key.ts";
import type { Clock } from "./renewal.ts";
import { selfSignedCert } from "./self-signed.ts";

/** Stands in for the `tls` plugin 5.5.1. It looks at no web site: getCertificate is not part of it. */
export function tlsProvider(clock: Clock): Provider {
  return {
    name: "tls",
    version: "5.5.1",
    config: { proxy: { type: any } },
    resources: {
      "tls:index/privateKey:PrivateKey": privateKey,
      "tls:index/certRequest:CertRequest": certRequest,
      "tls:index/selfSignedCert:SelfSignedCert": selfSignedCert(clock),
      "tls:index/locallySignedCert:LocallySignedCert": locallySignedCert(clock),
    },
    functions: { "tls:index/getPublicKey:getPublicKey": getPublicKey },
  };
}
