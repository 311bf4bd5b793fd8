/** User and password of a Basic `Authorization` (RFC 7617). */
export type Credentials = { readonly user: string; readonly password: string };

/** @returns undefined when the value is anything else */
export function decodeBasic(value: string): Credentials | undefined {
  const base64 = /^basic +([A-Za-z0-9+/]{1,1024}={0,2})$/i.exec(value)?.[1];
  if (base64 === undefined) return undefined;
  const text = decodeBase64(base64);
  const colon = text?.indexOf(":") ?? -1;
  if (text === undefined || colon < 0) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decodeBase64(base64: string): string | undefined {
  try {
    const octets = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch {
    return undefined; // not base64, or not UTF-8: no credentials
  }
}
