import type { ProxyConfig } from "../../config/proxy.ts";
import { Fields, fieldLine } from "../wire/fields.ts";
import type { ResponseHead } from "../wire/message.ts";

/** The field by which a browser comes over https from then on (RFC 6797); empty when it is not asked for. */
export function compileHsts({ hstsSeconds, hstsSubdomains }: ProxyConfig["tls"]): string {
  if (hstsSeconds === 0) return "";
  const subdomains = hstsSubdomains ? "; includeSubDomains" : "";
  return fieldLine("Strict-Transport-Security", `max-age=${hstsSeconds}${subdomains}`);
}

/**
 * Head with the field, unless the backend has its own.
 *
 * @param line  of {@link compileHsts}
 * @param isSecure  RFC 6797 7.2: it must not be said in clear
 */
export function withHsts(head: ResponseHead, line: string, isSecure: boolean): ResponseHead {
  if (line === "" || !isSecure || head.fields.firstNamed("strict-transport-security") !== undefined) return head;
  return { ...head, fields: new Fields([...head.fields.pieces, line]) };
}
