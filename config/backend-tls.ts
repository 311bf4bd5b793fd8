import * as z from "zod";
import { authoritiesPem, hostname, oneOf } from "./values.ts";

/** TLS to the backends of an app, and what they must prove. Default: they are asked in clear. */
export const backendTls = z.strictObject({
  /** `system`: a certificate of an authority that the host trusts; `ca`: of one in `caPem`; `none`: any, which keeps out listeners only. */
  verify: oneOf(["system", "ca", "none"]).default("system"),
  /** Authorities for `ca`. */
  caPem: authoritiesPem.optional(),
  /** Name that is asked for (SNI) and that the certificate must have. Default: the backend's own, or its address. */
  serverName: hostname.optional(),
  versionMin: oneOf(["TLSv1.2", "TLSv1.3"]).default("TLSv1.2"),
});

export type BackendTlsConfig = z.output<typeof backendTls>;
