// What `import * as lbpair from "pulumi-lbpair"` gives.

export type * from "../components/args/backend-server.ts";
export { WebServer } from "../components/args/backend-server.ts";
export type * from "../components/args/connection.ts";
export type * from "../components/args/handle.ts";
export type * from "../components/args/health-check.ts";
export {
  CheckHttpVersion,
  CheckKind,
  InitialHealth,
  MarkedDownConsequence,
} from "../components/args/health-check.ts";
export type * from "../components/args/load-balancer-pair.ts";
export { AccessLogFormat, LogLevel } from "../components/args/load-balancer-pair.ts";
export type * from "../components/args/passthrough-app.ts";
export { PassthroughCheckKind, PassthroughObservedLayer } from "../components/args/passthrough-app.ts";
export type * from "../components/args/proxied-app.ts";
export {
  BackendVerification,
  BalanceAlgorithm,
  ErrorConsequence,
  HashBase,
  ObservedLayer,
  PersistenceKind,
  RetryReason,
  SameSite,
} from "../components/args/proxied-app.ts";
export type * from "../components/args/proxied-apps.ts";
export type * from "../components/args/site.ts";
export { ClientCertificateMode, TlsVersion } from "../components/args/site.ts";
export type * from "../components/args/tracking.ts";
export type * from "../components/args/vrrp.ts";
export { AuthenticationKind, AuthenticationMode, ChecksumForm, Preempt } from "../components/args/vrrp.ts";
export { BackendServer } from "../components/backend-server.ts";
export { LoadBalancerPair } from "../components/load-balancer-pair.ts";
export { PassthroughApp } from "../components/passthrough-app.ts";
export { ProxiedApp } from "../components/proxied-app.ts";
export { ProxiedApps } from "../components/proxied-apps.ts";
