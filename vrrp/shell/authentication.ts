import { createHmac } from "node:crypto";
import { documentPath } from "../../config/paths.ts";
import type { InstanceConfig, VrrpConfig } from "../../config/vrrp.ts";
import type { Authentication } from "../core/authentication.ts";

/** Values of the keys directory, by name. */
export type KeyMap = ReadonlyMap<string, Uint8Array>;

const HMAC_KEY_BYTES_MIN = 32;
const HMAC_KEY_BYTES_MAX = 64;
const PASSWORD = /^[!-~]{1,8}$/;
/** keepalived's: three intervals, at least 5 s. */
const WINDOW_INTERVALS = 3;
const WINDOW_MS_MIN = 5_000;

/** How an instance's advertisements are authenticated, with the key from its file. */
export function authenticationOf({ authentication, advertIntervalMs }: InstanceConfig, keys: KeyMap): Authentication {
  if (authentication === undefined) return { kind: "none" };
  const key = keys.get(authentication.key) ?? new Uint8Array();
  if (authentication.kind === "password") return { kind: "password", password: passwordOf(key) };
  const { mode, keyId, windowMs } = authentication;
  return {
    kind: "hmac",
    mode,
    keyId,
    windowMs: windowMs ?? Math.max(WINDOW_MS_MIN, WINDOW_INTERVALS * advertIntervalMs),
    sign: (message) => createHmac("sha256", key).update(message).digest(),
  };
}

/** Keys that instances need and that are missing or can't be used. */
export function authenticationProblems({ instances }: VrrpConfig, keys: KeyMap): string[] {
  return Object.values(instances).flatMap(({ authentication }) => {
    if (authentication === undefined) return [];
    const key = keys.get(authentication.key);
    const path = documentPath({ kind: "key", name: authentication.key });
    if (authentication.kind === "password") {
      const isFit = key !== undefined && PASSWORD.test(passwordOf(key));
      return isFit ? [] : [`${path}: got ${describe(key)}, want a password of 1..8 printable characters`];
    }
    const length = key?.length ?? 0;
    if (length >= HMAC_KEY_BYTES_MIN && length <= HMAC_KEY_BYTES_MAX) return [];
    return [`${path}: got ${describe(key)}, want a key of ${HMAC_KEY_BYTES_MIN}..${HMAC_KEY_BYTES_MAX} bytes`];
  });
}

function describe(key: Uint8Array | undefined): string {
  return key === undefined ? "no file" : `${key.length} bytes`;
}

/** A password that was typed has a line end behind it. */
function passwordOf(key: Uint8Array): string {
  return String.fromCharCode(...key).replace(/\r?\n$/, "");
}
