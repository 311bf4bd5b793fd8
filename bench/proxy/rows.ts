import { handshakeLoad } from "./load/handshakes.ts";
import { idleConnections } from "./load/idle-connections.ts";
import { PREPARED, type WrkOptions, wrkLoad } from "./load/wrk.ts";
import { cpuPerRequest, latency, type Measure, memoryWith } from "./measure.ts";

/** One kind of work, done by every peer. */
export type Row = {
  readonly name: string;
  /** What is done, in words. */
  readonly title: string;
  readonly unit: string;
  readonly isTls: boolean;
  readonly isLogged: boolean;
  readonly appCount: number;
  readonly backends: "files" | "sink";
  readonly measure: Measure;
  /** Peers that say something in this row; the others can't do it, not in a useful time, or were seen in another. */
  readonly peers: readonly string[];
  /** At most so many rounds, where one takes long and they hardly differ. */
  readonly roundsMax: number;
  /** At least so many, where they differ much. */
  readonly roundsMin: number;
  /** Before the first round: just-in-time compilers need some requests before they are what they will be for months. */
  readonly warmUpSeconds: number;
};

const SMALL: WrkOptions = { connections: 64, method: "GET", path: "small?x=1", bodyBytes: 0 };
const LARGE: WrkOptions = { connections: 16, method: "GET", path: "large", bodyBytes: 0 };
const UPLOAD: WrkOptions = { connections: 16, method: "POST", path: "upload", bodyBytes: 1_048_576 };
const MANY_APPS = 10_000;
const IDLE_CONNECTIONS = 10_000;

const CPU = {
  unit: "µs CPU/request",
  isTls: true,
  isLogged: false,
  appCount: 3,
  backends: "files",
  peers: ["haproxy", "lbpair"],
  roundsMax: Number.POSITIVE_INFINITY,
  roundsMin: 1,
  warmUpSeconds: 3,
} as const;
const WITH_NODE = [...CPU.peers, "lbpair-node"];
const ALL_FRONTS = [...WITH_NODE, "nginx"];
const EVERYONE = [...ALL_FRONTS, "apache+haproxy", "http-proxy"];

/** All rows; `pace` gives the requests per second of the latency row. */
export function benchRows(pace: () => number): readonly Row[] {
  const small = cpuPerRequest(wrkLoad(SMALL));
  return [
    { ...CPU, name: "tls", title: "TLS keep-alive, 0.5 kB replies, 64 connections", measure: small, peers: EVERYONE },
    { ...CPU, name: "tls-log", title: "the same, access log on", measure: small, isLogged: true, peers: ALL_FRONTS },
    { ...CPU, name: "clear", title: "the same without TLS", measure: small, isTls: false, peers: ALL_FRONTS },
    { ...CPU, name: "clear-log", title: "without TLS, access log on", measure: small, isTls: false, isLogged: true },
    { ...CPU, name: "download", title: "TLS, 1 MiB replies", measure: cpuPerRequest(wrkLoad(LARGE)) },
    { ...CPU, name: "upload", title: "TLS, 1 MiB uploads", measure: cpuPerRequest(wrkLoad(UPLOAD)), backends: "sink" },
    {
      ...CPU,
      name: "connect",
      title: "a new TLS connection per request",
      measure: cpuPerRequest(handshakeLoad("full")),
      peers: ALL_FRONTS,
    },
    {
      ...CPU,
      name: "resume",
      title: "the same, resumed",
      measure: cpuPerRequest(handshakeLoad("resumed")),
      peers: ALL_FRONTS,
    },
    {
      ...CPU,
      name: "apps",
      title: `TLS keep-alive, ${MANY_APPS} apps, ${PREPARED} of them asked in turn`,
      measure: small,
      appCount: MANY_APPS,
    },
    {
      ...CPU,
      name: "idle",
      title: `${IDLE_CONNECTIONS} idle TLS connections`,
      unit: "MiB",
      measure: memoryWith(idleConnections(IDLE_CONNECTIONS)),
      peers: WITH_NODE,
      roundsMax: 1,
      warmUpSeconds: 0,
    },
    {
      ...CPU,
      name: "p99",
      title: "p99 at half of HAProxy's saturation",
      unit: "ms",
      measure: latency(wrkLoad({ ...SMALL, requestsPerSecond: pace })),
      peers: ALL_FRONTS,
      // Code that is compiled while it is measured is one request in a hundred for some ten seconds at this pace; and
      // where two cores serve everybody, HAProxy's own figure doubles from one round to another.
      warmUpSeconds: 12,
      roundsMin: 9,
    },
  ];
}
