import * as z from "zod";
import { authoritiesPem, flag, hostname, oneOf } from "./values.ts";

/** TLS to the backends of an app, and what they must prove. Default: they are asked in clear. */
export const backendTls = z.strictObject({
  /** `system`: a certificate of an authority that the host trusts; `ca`: of one in `caPem`; `none`: any, which keeps out listeners only. */
  verify: oneOf(["system", "ca", "none"]).default("system"),
  /** Authorities for `ca`. */
  caPem: authoritiesPem.optional(),
  /** Name that is asked for (SNI) and that the certificate must have. Default: the backend's own, or its address. */
  serverName: hostname.optional(),
  versionMin: oneOf(["TLSv1.2", "TLSv1.3"]).default("TLSv1.2"),
  /** Backends that ask for a certificate get the one in tls/app-<app>.pem (chain and key). */
  clientCertificate: flag.default(false),
});

/** The same with the rule that holds between its fields. */
export function consistentBackendTls<S extends z.ZodType<Pick<BackendTlsConfig, "verify" | "caPem">>>(schema: S) {
  return schema.refine(({ verify, caPem }) => (verify === "ca") === (caPem !== undefined), {
    error: 'caPem with verify "ca", and only then',
  });
}

export type BackendTlsConfig = z.output<typeof backendTls>;
