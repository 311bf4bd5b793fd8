import type { Input } from "@pulumi/pulumi";

/** When a backend counts as usable. */
export interface HealthCheckArgs {
  /** `"http"` asks for `path`; `"tcp"` connects only; `"tls"` also completes a handshake, as `backendTls` says. Default: `"http"`. */
  kind?: Input<CheckKind>;
  /** Method of the request. Default: `"GET"`. */
  method?: Input<string>;
  /** Version of HTTP that the request is in. Default: `"1.1"`. */
  version?: Input<CheckHttpVersion>;
  /** Path of the request. Default: `"/"`. */
  path?: Input<string>;
  /** Host field of the request. Default: the backend's address. */
  host?: Input<string>;
  /** User-Agent of the request. Default: `"HAProxy"`, so that log filters made for it keep working. */
  userAgent?: Input<string>;
  /** Further fields of the request. Default: none. Example: `{ Authorization: "Bearer abc" }`. */
  headers?: Input<{ [field: string]: Input<string> }>;
  /** Lowest status that counts as well. Default: 200. */
  statusMin?: Input<number>;
  /** Highest status that counts as well. Default: 399. */
  statusMax?: Input<number>;
  /** Text that the response's body has to have within its first 64 KiB, beside a status that counts as well. Default: any body will do. */
  bodyIncludes?: Input<string>;
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
  /** What becomes of a backend's requests and WebSockets under way when the checks take it out. Default: `"keepSessions"`: they end by themselves. */
  onMarkedDown?: Input<MarkedDownConsequence>;
  /** Random part of each interval, percent, so that many backends are not asked at once. Default: 5. */
  spreadPercent?: Input<number>;
}

/** Ways to check a backend. */
export const CheckKind = { Http: "http", Tcp: "tcp", Tls: "tls", None: "none" } as const;
export type CheckKind = (typeof CheckKind)[keyof typeof CheckKind];

/** Versions of HTTP that checks can be in. */
export const CheckHttpVersion = { Http10: "1.0", Http11: "1.1" } as const;
export type CheckHttpVersion = (typeof CheckHttpVersion)[keyof typeof CheckHttpVersion];

/** What a backend counts as that nobody has checked yet. */
export const InitialHealth = { FullyUp: "fullyUp", Up: "up", Down: "down", FullyDown: "fullyDown" } as const;
export type InitialHealth = (typeof InitialHealth)[keyof typeof InitialHealth];

/** What becomes of the sessions of a backend that is taken out. */
export const MarkedDownConsequence = { KeepSessions: "keepSessions", ShutdownSessions: "shutdownSessions" } as const;
export type MarkedDownConsequence = (typeof MarkedDownConsequence)[keyof typeof MarkedDownConsequence];
