import type { Input } from "@pulumi/pulumi";
import type { LoadBalancerHandle } from "./handle.ts";
import type { InitialHealth, MarkedDownConsequence } from "./health-check.ts";
import type { Json } from "./json.ts";
import type { BackendReferenceArgs, BackendTimeoutsArgs, BalanceAlgorithm, ErrorConsequence } from "./proxied-app.ts";

/** An app whose backends end TLS themselves: connections that ask for one of its names are carried to a backend as they are. */
export interface PassthroughAppArgs {
  /** The pair that serves the app: `edge` in TypeScript, `edge.handle` elsewhere and across stacks. */
  loadBalancer: Input<LoadBalancerHandle>;
  /** Names that clients ask for; no certificate and no other app of the pair may have one of them. Example: `["shop.example.com"]`. */
  hostnames: Input<Input<string>[]>;
  /** The servers of the app, by name. Example: `{ web1: { address: "203.0.113.21:443" } }`. */
  backends: Input<{ [name: string]: Input<PassthroughBackendArgs> }>;
  /** Name of the app on the hosts and in stats. Default: the resource's name. */
  app?: Input<string>;
  /** Whether backends are told first who the client is, by PROXY protocol version 2, which they must then expect. Default: false. */
  proxyProtocol?: Input<boolean>;
  /** How a backend is picked for a connection. */
  balance?: Input<PassthroughBalanceArgs>;
  /** When a backend counts as usable. */
  check?: Input<PassthroughCheckArgs>;
  /** Waiting times. `serverMs` counts until the backend's first octet, from then on `tunnelMs`. */
  timeouts?: Input<BackendTimeoutsArgs>;
  /** Upper bounds that protect the app. */
  limits?: Input<PassthroughLimitsArgs>;
  /** What happens when a backend can't be reached. */
  retries?: Input<PassthroughRetriesArgs>;
  /** What is learnt about backends from the connections they take. */
  observe?: Input<PassthroughObserveArgs>;
  /** Settings that go into the app's document as they are, over what the args say; the hosts' own binary judges them. Default: nothing. Example: `{ check: { rise: 3 } }`. */
  rawSettings?: Input<{ [field: string]: Json }>;
}

/** One server of a passthrough app: give `server` or `address`. */
export interface PassthroughBackendArgs {
  /** A BackendServer. Default: none, `address` says where it is. */
  server?: Input<BackendReferenceArgs>;
  /** Address and port. Default: those of `server`. Example: `"203.0.113.21:443"`. */
  address?: Input<string>;
  /** Share of connections relative to the other backends, 0 to 256; 0: none. Default: 1. */
  weight?: Input<number>;
  /** Whether it is used only when no other backend is usable. Default: false. */
  isBackup?: Input<boolean>;
  /** Most connections at once; others wait for `timeouts.queueMs`. Default: no limit. */
  sessionsMax?: Input<number>;
}

/** How a backend is picked for a connection. */
export interface PassthroughBalanceArgs {
  /** `"hash"` goes by the client's address, so that a client stays with its backend. Default: `"roundrobin"`. */
  algorithm?: Input<BalanceAlgorithm>;
  /** Most connections of a backend with `"hash"`, percent of its part; what is more goes on to others. 0: no bound. Default: 150. */
  hashLoadPercent?: Input<number>;
  /** Time in which a backend that came up again gets its full part, milliseconds; 0: at once. Default: 0. */
  slowStartMs?: Input<number>;
}

/** When a backend of a passthrough app counts as usable. */
export interface PassthroughCheckArgs {
  /** `"tls"` wants a handshake, `"tcp"` a connection. Default: `"tls"`. */
  kind?: Input<PassthroughCheckKind>;
  /** Name that the handshake asks for; the certificate is the clients' to judge. Default: the first of `hostnames` that is no wildcard. */
  host?: Input<string>;
  /** Time between two checks, milliseconds. Default: 2000. */
  intervalMs?: Input<number>;
  /** The same while the outcome is in doubt. Default: 1000. */
  fastIntervalMs?: Input<number>;
  /** The same while the backend is down. Default: `intervalMs`. */
  downIntervalMs?: Input<number>;
  /** How long one check may take, milliseconds. Default: 2000. */
  timeoutMs?: Input<number>;
  /** Successes in a row after which a backend is used again. Default: 2. */
  rise?: Input<number>;
  /** Failures in a row after which it is not used any more. Default: 2. */
  fall?: Input<number>;
  /** What a backend counts as before its first check. `"up"` and `"down"` are left after one check that says otherwise, `"fullyUp"` and `"fullyDown"` after `fall` and `rise`. Default: `"up"`. */
  initialState?: Input<InitialHealth>;
  /** What becomes of a backend's connections when the checks take it out. Default: `"keepSessions"`: they end by themselves. */
  onMarkedDown?: Input<MarkedDownConsequence>;
  /** Random part of each interval, percent, so that many backends are not asked at once. Default: 5. */
  spreadPercent?: Input<number>;
}

/** Upper bounds that protect a passthrough app. */
export interface PassthroughLimitsArgs {
  /** Connections that wait for a backend, on a host; more are ended. Default: 1000. */
  queueMax?: Input<number>;
}

/** What happens when a backend of a passthrough app can't be reached. */
export interface PassthroughRetriesArgs {
  /** Further attempts, each on another backend where there is one. Default: 3. */
  attemptsMax?: Input<number>;
  /** Most retries of the app in ten seconds, percent of its connections, beyond the first hundred. Default: 100. */
  budgetPercent?: Input<number>;
}

/** What is learnt about backends from the connections they take. */
export interface PassthroughObserveArgs {
  /** `"layer4"` counts connections that failed. Default: `"layer4"`. */
  layer?: Input<PassthroughObservedLayer>;
  /** Errors in a row that lead to `onError`. Default: 10. */
  errorLimit?: Input<number>;
  /** `"failCheck"` counts as a failed check, after which the next comes at once; `"markDown"` takes the backend out. Default: `"failCheck"`. */
  onError?: Input<ErrorConsequence>;
}

/** Ways to check a backend of a passthrough app. */
export const PassthroughCheckKind = { Tls: "tls", Tcp: "tcp", None: "none" } as const;
export type PassthroughCheckKind = (typeof PassthroughCheckKind)[keyof typeof PassthroughCheckKind];

/** What of the traffic with a passthrough app's backend is watched. */
export const PassthroughObservedLayer = { None: "none", Layer4: "layer4" } as const;
export type PassthroughObservedLayer = (typeof PassthroughObservedLayer)[keyof typeof PassthroughObservedLayer];
