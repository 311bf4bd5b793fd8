import * as z from "zod";
import { parseValue } from "../../config/document.ts";
import type { Problem } from "../../config/problems.ts";
import { fieldValue, hostPort, oneOf } from "../../config/values.ts";
import { connectionSchema } from "./connection.ts";
import { handleSchema } from "./handle.ts";

// Args of a BackendServer as values.

export const WEB_SERVERS = ["apache", "nginx"] as const;
export type WebServerName = (typeof WEB_SERVERS)[number];

const USER_AGENT = "a User-Agent without quotes, backslashes and $";
const logging = z.strictObject({
  connection: connectionSchema,
  server: oneOf(WEB_SERVERS),
  // It becomes part of a comparison in the web server's own language.
  healthCheckUserAgent: fieldValue
    .min(1, { error: USER_AGENT })
    .regex(/^[^"'\\$]*$/, { error: USER_AGENT })
    .optional(),
});

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
