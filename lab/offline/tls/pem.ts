import { toArrayBuffer } from "./sign.ts";

/**
 * Content of the first PEM block with a label.
 *
 * @param label a regular expression
 * @throws Error when there is none
 */
export function decodePem(text: string, label: string): ArrayBuffer {
  const match = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(text);
  if (match?.[1] === undefined) throw new Error("no PEM block");
  return toArrayBuffer(Buffer.from(match[1], "base64"));
}
