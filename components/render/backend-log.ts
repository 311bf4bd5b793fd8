import type { ManagedServerName } from "./backend.ts";

// Configuration of a backend's web server: who is believed about X-Forwarded-For, and which requests are health
// checks. The log lines of the server's own sites refer to it by the two names below (remote/backend-log-scripts.ts).

/** Set on requests that are the pair's health checks. */
export const APACHE_HEALTH_CHECK = "lbpair_healthcheck";
/** 1 for requests that belong in the log. */
export const NGINX_IS_LOGGED = "lbpair_is_logged";

/** What a backend must know of the pair. */
export type PairSeen = { readonly addresses: readonly string[]; readonly userAgent: string };

/** Text of the file, one line per address of the pair. */
export function renderBackendLog(server: ManagedServerName, pair: PairSeen): string {
  const lines = server === "apache" ? apacheLines(pair) : nginxLines(pair);
  return ["# Written by lbpair: changes are lost.", ...lines].map((line) => `${line}\n`).join("");
}

/** After mod_remoteip the address is the client's, so a client that calls itself like the health check is logged. */
function apacheLines({ addresses, userAgent }: PairSeen): string[] {
  return [
    "RemoteIPHeader X-Forwarded-For",
    ...addresses.map((address) => `RemoteIPInternalProxy ${address}`),
    ...addresses.map(
      (address) => `SetEnvIfExpr "%{HTTP_USER_AGENT} == '${userAgent}' && -R '${address}'" ${APACHE_HEALTH_CHECK}`,
    ),
  ];
}

function nginxLines({ addresses, userAgent }: PairSeen): string[] {
  return [
    ...addresses.map((address) => `set_real_ip_from ${address};`),
    "real_ip_header X-Forwarded-For;",
    "real_ip_recursive on;",
    "geo $lbpair_is_pair {",
    "  default 0;",
    ...addresses.map((address) => `  ${address} 1;`),
    "}",
    `map "$lbpair_is_pair:$http_user_agent" $${NGINX_IS_LOGGED} {`,
    "  default 1;",
    `  "1:${userAgent}" 0;`,
    "}",
  ];
}
