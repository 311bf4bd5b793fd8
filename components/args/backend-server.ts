import type { Input } from "@pulumi/pulumi";
import type { ConnectionArgs } from "./connection.ts";
import type { LoadBalancerHandle } from "./handle.ts";

/** A server that apps use as a backend. */
export interface BackendServerArgs {
  /** Address and port on which it serves. Example: `"203.0.113.21:80"`. */
  address: Input<string>;
  /** The pair in front of it, needed for `logging`: `edge` in TypeScript, `edge.handle` elsewhere and across stacks. */
  loadBalancer?: Input<LoadBalancerHandle>;
  /** Has its access log show the clients' addresses and leave out the pair's health checks. Default: it is left alone. */
  logging?: Input<BackendLoggingArgs>;
}

/** The access log of a backend's web server. */
export interface BackendLoggingArgs {
  /** How Pulumi reaches the machine, whose Apache or nginx is then set up. Default: nothing is done there, and the output `logSnippet` has what to put into the server's configuration by hand. */
  connection?: Input<ConnectionArgs>;
  /** Which web server runs there. Without `connection`: any of these. */
  server: Input<WebServer>;
  /** User-Agent of the health checks. Default: `"HAProxy"`. */
  healthCheckUserAgent?: Input<string>;
}

/** Web servers whose log can be set up; Apache and nginx by lbpair itself, the others by a snippet. */
export const WebServer = {
  Apache: "apache",
  Nginx: "nginx",
  Caddy: "caddy",
  Iis: "iis",
  Lighttpd: "lighttpd",
  Tomcat: "tomcat",
} as const;
export type WebServer = (typeof WebServer)[keyof typeof WebServer];
