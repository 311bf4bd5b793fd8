import type { Input } from "@pulumi/pulumi";
import type { ConnectionArgs } from "./connection.ts";
import type { Json } from "./json.ts";
import type { StatsArgs, TlsArgs } from "./site.ts";
import type { VrrpArgs } from "./vrrp.ts";

/** Two hosts that share a virtual address and serve the apps behind it. */
export interface LoadBalancerPairArgs {
  /** Name under which clients reach the apps. Example: `"example.com"`. */
  hostname: Input<string>;
  /** Further names that the certificate covers. Default: none. Example: `["www.example.com"]`. */
  alternativeHostnames?: Input<Input<string>[]>;
  /** Address that moves between the hosts, with the prefix length of its network. Example: `"203.0.113.10/24"`. */
  virtualAddress: Input<string>;
  /** Further addresses that move, by a name of yours; each may prefer another host, so that both have work. IPv4 or IPv6. Default: none. Example: `{ second: { address: "203.0.113.9/24", preferredHost: "lb2" } }`. */
  moreVirtualAddresses?: Input<{ [name: string]: Input<VirtualAddressArgs> }>;
  /** The two hosts, by name. The name appears in stats, metrics and logs. Example: `{ lb1: { … }, lb2: { … } }`. */
  hosts: Input<{ [name: string]: Input<HostArgs> }>;
  /** TLS towards clients. Default: a private authority issues the certificate, TLS 1.2 and newer. */
  tls?: Input<TlsArgs>;
  /** The stats page. Default: none. */
  stats?: Input<StatsArgs>;
  /** Which host owns the virtual address, and how fast the other takes over. */
  vrrp?: Input<VrrpArgs>;
  /** Ports towards clients. */
  ports?: Input<PortsArgs>;
  /** Waiting times towards clients. */
  timeouts?: Input<ClientTimeoutsArgs>;
  /** Upper bounds that protect the hosts. */
  limits?: Input<LimitsArgs>;
  /** What the proxy logs. */
  log?: Input<LogArgs>;
  /** Networks of proxies in front of the pair whose `X-Forwarded-*` fields are believed. Default: none. Example: `["198.51.100.0/24"]`. */
  trustedProxies?: Input<Input<string>[]>;
  /** Networks of proxies in front of the pair that say first who the client is, by PROXY protocol version 1 or 2; connections from elsewhere are refused. Default: nobody says it. Example: `["198.51.100.0/24"]`. */
  proxyProtocol?: Input<Input<string>[]>;
  /** App that answers where no app's path matches. Default, and as long as there is no such app: none, such requests get 404. */
  defaultApp?: Input<string>;
  /** Whether `/app1` is redirected to `/app1/`. Default: true. */
  redirectToSlash?: Input<boolean>;
  /** Responses to the proxy's own errors, by status: the text of files as HAProxy's `errorfile` has them. Default: plain pages. Example: `{ "503": readFileSync("503.http", "utf8") }`. */
  errorFiles?: Input<{ [status: string]: Input<string> }>;
  /** Processes that serve on each host, 1 to 64; taken up when the daemon starts. Default: one per core. */
  workers?: Input<number>;
  /** Fields that follow a request from program to program. */
  tracing?: Input<TracingArgs>;
  /** Whether destroying the pair takes everything from the hosts again. With false they go on serving the pair's own documents; set it in an update before. Apps leave when they are destroyed; to have them stay, too, give them the option `retainOnDelete`. Must be known before the update. Default: true. */
  uninstallOnDestroy?: Input<boolean>;
  /** Whether each preview and update asks the hosts what was changed there by hand; it is shown as a change of the pair's, and the update takes it back. A host that can't be reached is told and left alone. Must be known before the update. Default: false. */
  detectDrift?: Input<boolean>;
  /** Settings of the hosts' documents that have no arg. */
  rawSettings?: Input<RawPairSettingsArgs>;
}

/** A further address that moves between the hosts. */
export interface VirtualAddressArgs {
  /** The address, with the prefix length of its network. Example: `"203.0.113.9/24"`. */
  address: Input<string>;
  /** Virtual router identifier, 1 to 255, unique on the link. Default: the pair's and its number in the order of names: 52, 53, … */
  vrid?: Input<number>;
  /** Host that owns it while both are well. Default: the host with the higher priority. */
  preferredHost?: Input<string>;
  /** Name by which `ifconfig` shows it, IPv4 only, 1 to 15 characters. Default: none. Example: `"eth0:vip2"`. */
  label?: Input<string>;
  /** Interface on which it is set. Default: the one on which the hosts hear each other, `hosts.*.interface`. Example: `"lo"`. */
  addressInterface?: Input<string>;
}

/** Settings that go into the hosts' documents as they are, over what the args say. Names that this version does not know are left to the hosts' own binary to judge. */
export interface RawPairSettingsArgs {
  /** Over proxy.jsonl. Default: nothing. Example: `{ limits: { fieldsMax: 200 } }`. */
  proxy?: Input<{ [field: string]: Json }>;
  /** Over vrrp.jsonl. Default: nothing. Example: `{ instances: { main: { announceDelayMs: 500 } } }`. */
  vrrp?: Input<{ [field: string]: Json }>;
}

/** One of the two hosts. */
export interface HostArgs {
  /** How Pulumi reaches the host. */
  connection: Input<ConnectionArgs>;
  /** Wish to own the virtual address, 1 to 254; the two hosts must differ. Default: 254 for the first name in alphabetical order, 250 for the second. */
  priority?: Input<number>;
  /** Interface that carries the virtual address. Default: the one whose own network contains it. Example: `"eth0"`. */
  interface?: Input<string>;
  /** What the machine is: decides which release is copied to it. An update that finds it to be something else says so, and copies nothing. Must be known before the update. Default: `"x64"`. */
  architecture?: Input<Architecture>;
  /** Says that the machine is dead for good, so that nothing is asked of it any more: neither changes, nor to be cleaned up. Take nothing away in the update that says so: the dead machine would be asked for it. After that update apps may go, the host may be replaced, or the pair destroyed. Must be known before the update. Default: false. */
  isGone?: Input<boolean>;
  /** Addresses from which backends see this host. Default: the connection's host, when that is an address. */
  sourceAddresses?: Input<Input<string>[]>;
  /** Addresses at which the other host's VRRP daemon reaches this one; several are several paths. Default: the source addresses. Example: `["203.0.113.11", "198.51.100.11"]`. */
  controlAddresses?: Input<Input<string>[]>;
}

/** What machines may be, as `uname -m` says: x86_64 or aarch64. */
export const Architecture = { X64: "x64", Arm64: "arm64" } as const;
export type Architecture = (typeof Architecture)[keyof typeof Architecture];

/** Ports towards clients. */
export interface PortsArgs {
  /** Port for https. Default: 443. */
  https?: Input<number>;
  /** Port that redirects to https. Default: 80. */
  http?: Input<number>;
  /** Status of that redirect: 301, 302, 307 or 308. Default: 308. */
  redirectStatus?: Input<number>;
  /** Further port that serves the apps in clear, without TLS, say for probes from within. Default: none. Example: 8080. */
  clear?: Input<number>;
}

/** Waiting times of connections of clients, milliseconds. */
export interface ClientTimeoutsArgs {
  /** Longest silence of a client while its request is under way. Default: 50000. */
  clientMs?: Input<number>;
  /** From the first byte of a request to the end of its head. Default: 10000. */
  httpRequestMs?: Input<number>;
  /** Idle time between the requests of a connection. Default: 60000. */
  httpKeepAliveMs?: Input<number>;
  /** Longest silence of a client that has been told the end of its connection: it is closed then. Default: 2000. */
  clientFinMs?: Input<number>;
  /** Longest silence of a backend in a tunnel, a WebSocket or a connection to a passthrough app, whose client has ended its half: the tunnel ends then. Default: as `clientFinMs`. Example: 30000. */
  serverFinMs?: Input<number>;
  /** For the TLS handshake. Default: 5000. */
  tlsHandshakeMs?: Input<number>;
  /** How long a stopping daemon lets exchanges under way finish. Default: 30000. */
  drainMs?: Input<number>;
  /** How long a daemon whose place a new release has taken lets its connections live on, tunnels among them. On the Active, whose address moves to the other host for it, `vrrp.control.lingerMs` may end them earlier. Default: 600000. */
  replacedMs?: Input<number>;
}

/** Upper bounds that protect the hosts. */
export interface LimitsArgs {
  /** Client connections in total. Default: 20000. */
  connectionsMax?: Input<number>;
  /** Client connections of one address, unless it is a trusted proxy. Default: no limit. */
  connectionsPerAddressMax?: Input<number>;
  /** Least that a client brings of a request's body, bytes a second on average, beyond what `timeouts.clientMs` gives it anyway; who is slower gets 408. 0: no such limit. Default: 100. */
  bodyBytesPerSecondMin?: Input<number>;
  /** Size of a message head, bytes. Default: 16384. */
  headBytesMax?: Input<number>;
  /** Fields in a message head. Default: 100. */
  fieldsMax?: Input<number>;
}

/** Fields that follow a request from program to program: one that the client gives is passed on, else one is made. */
export interface TracingArgs {
  /** `X-Request-ID`, which the access log shows too. Default: false. */
  requestId?: Input<boolean>;
  /** `traceparent` of W3C Trace Context. Default: false. */
  traceparent?: Input<boolean>;
}

/** What the proxy logs. */
export interface LogArgs {
  /** Format of the access log. Default: `"json"`. */
  access?: Input<AccessLogFormat>;
  /** Events below this level are left out. Default: `"info"`. */
  level?: Input<LogLevel>;
}

/** Formats of the access log. */
export const AccessLogFormat = { Json: "json", Combined: "combined", Httplog: "httplog", Off: "off" } as const;
export type AccessLogFormat = (typeof AccessLogFormat)[keyof typeof AccessLogFormat];

/** Levels of the event log. */
export const LogLevel = { Debug: "debug", Info: "info", Warn: "warn", Error: "error" } as const;
export type LogLevel = (typeof LogLevel)[keyof typeof LogLevel];
