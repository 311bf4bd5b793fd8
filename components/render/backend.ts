import * as z from "zod";
import { parseValue } from "../../config/document.ts";
import type { Problem } from "../../config/problems.ts";
import { fieldValue, hostPort, oneOf } from "../../config/values.ts";
import { connectionSchema } from "./connection.ts";
import { handleSchema } from "./handle.ts";

// Args of a BackendServer as values.

/** Web servers whose log lbpair sets up itself. */
export const MANAGED_SERVERS = ["apache", "nginx"] as const;
export type ManagedServerName = (typeof MANAGED_SERVERS)[number];

export const WEB_SERVERS = [...MANAGED_SERVERS, "caddy", "iis", "lighttpd", "tomcat"] as const;
export type WebServerName = (typeof WEB_SERVERS)[number];

const USER_AGENT = "a User-Agent without quotes, backslashes and $";
const BY_HAND = `one of ${MANAGED_SERVERS.join(", ")}, or no connection: the output logSnippet has what to put there by hand`;
const logging = z
  .strictObject({
    connection: connectionSchema.optional(),
    server: oneOf(WEB_SERVERS),
    // It becomes part of a comparison in the web server's own language.
    healthCheckUserAgent: fieldValue
      .min(1, { error: USER_AGENT })
      .regex(/^[^"'\\$]*$/, { error: USER_AGENT })
      .optional(),
  })
  .superRefine(({ connection, server }, context) => {
    if (connection === undefined || isManaged(server)) return;
    context.addIssue({ code: "custom", path: ["server"], input: server, message: BY_HAND });
  });

/** Whether lbpair can set up the log of a server. */
export function isManaged(server: WebServerName): server is ManagedServerName {
  return MANAGED_SERVERS.some((each) => each === server);
}

export const backendServerSchema = z
  .strictObject({ address: hostPort, loadBalancer: handleSchema.optional(), logging: logging.optional() })
  .refine((value) => value.logging === undefined || value.loadBalancer !== undefined, {
    path: ["loadBalancer"],
    error: "the pair whose health checks are left out, because logging is given",
  });

/** A server's args with everything known. */
export type BackendServerInput = z.input<typeof backendServerSchema>;

export function backendServerProblems(args: unknown): Problem[] {
  const parsed = parseValue(backendServerSchema, args);
  return parsed.ok ? [] : parsed.problems;
}
