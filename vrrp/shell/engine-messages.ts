import type { InstanceStatus, Lateness } from "../../config/status.ts";
import type { VrrpConfig } from "../../config/vrrp.ts";
import type { LogLevel } from "../../daemon/log.ts";
import type { ProxyHealth } from "../core/eligibility.ts";
import type { PeerEvent } from "../core/state.ts";
import type { TrackResult } from "../core/track.ts";
import type { KeyMap } from "./authentication.ts";

// What the main thread and the engine's thread say to each other. Plain data:
// it is copied from one thread to the other.

/** Main thread → engine. */
export type Command =
  | { readonly kind: "configure"; readonly config: VrrpConfig; readonly keys: KeyMap }
  | { readonly kind: "proxyHealth"; readonly health: ProxyHealth }
  /** Where the proxy's lifeline is to be had, null: nowhere now; and which of its threads holds it. */
  | { readonly kind: "proxyLifeline"; readonly path: string | null; readonly thread: number | undefined }
  | { readonly kind: "tracks"; readonly results: readonly TrackResult[] }
  /** What the control channel brings, for one virtual router. */
  | { readonly kind: "peer"; readonly instance: string; readonly event: PeerEvent }
  /** What the other host's steady clock shows. */
  | { readonly kind: "peerClock"; readonly unixMs: number }
  /** Asks for a `snapshot` with the same number. */
  | { readonly kind: "snapshot"; readonly number: number }
  /** Last adverts, addresses removed, sockets closed; then `stopped`. */
  | { readonly kind: "stop" };

/** A line of the daemon's log, written by the main thread: writing may block, and the engine must not. */
export type LogLine = {
  readonly kind: "log";
  readonly level: LogLevel;
  readonly fields: Readonly<Record<string, unknown>> & { readonly event: string };
};

/** Engine → main thread. */
export type Report =
  | LogLine
  /** The engine runs and takes commands. */
  | { readonly kind: "ready" }
  | { readonly kind: "configured" }
  | {
      readonly kind: "snapshot";
      readonly number: number;
      readonly instances: Readonly<Record<string, InstanceStatus>>;
      readonly lateness: Lateness;
      /** What the steady clock shows, by which signatures go. */
      readonly unixMs: number;
    }
  | { readonly kind: "stopped" };
