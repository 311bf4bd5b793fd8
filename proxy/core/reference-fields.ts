import { type PublicPlace, publicReference } from "./prefix.ts";

// Field values that hold URI references among other things.

/** Refresh: `5; url=/x`, with or without quotes, or without the semicolon (HTML 4.2.5.3). */
export function publicRefresh(value: string, place: PublicPlace): string {
  const match = /^(\s*[0-9.]+(?:\s*[;,]\s*|\s+)(?:url\s*=\s*)?)(["']?)([^"']*)(.*)$/i.exec(value);
  if (match === null) return value;
  const [, before = "", quote = "", reference = "", rest = ""] = match;
  return before + quote + publicReference(reference, place) + rest;
}

/** Link (RFC 8288 3): each target between `<` and `>`, but not in quoted parameters. */
export function publicLink(value: string, place: PublicPlace): string {
  return value.replace(/"(?:[^"\\]|\\.)*"|<([^<>"]*)>/g, (whole, target: string | undefined) =>
    target === undefined ? whole : `<${publicReference(target, place)}>`,
  );
}
