import type { Failure } from "../grpc/check.ts";
import { containsUnknown, type Values } from "../grpc/values.ts";
import { type AlternativeNames, checkAlternativeNames } from "./names.ts";

/** Rules for names, as far as they are known. */
export function checkNames(inputs: Values): Failure[] {
  const { dnsNames = [], ipAddresses = [], uris = [] } = inputs;
  if (containsUnknown([dnsNames, ipAddresses, uris])) return [];
  return checkAlternativeNames(inputs as AlternativeNames).map(([path, reason]) => ({
    property: path.replace(/\[.*/, ""),
    reason: `${path}: ${reason}`,
  }));
}

/**
 * Refuses an input that its reader can't read, so that a preview says so already.
 *
 * The failure names no property: the CLI would print the property's value, and it may be a key.
 */
export function checkReadable(
  inputs: Values,
  property: string,
  read: (text: string, property: string) => unknown,
): Failure[] {
  const text = inputs[property] ?? null;
  if (typeof text !== "string" || containsUnknown(text)) return [];
  try {
    read(text, property);
    return [];
  } catch (error) {
    return [{ property: "", reason: error instanceof Error ? error.message : String(error) }];
  }
}
