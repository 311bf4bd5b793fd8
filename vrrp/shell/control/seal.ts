import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

// Both sides prove that they have the key, without sending it, and every line is one of this conversation, in its order:
//
//   listener → caller   {"lbpair":"control","version":1,"nonce":"…"}
//   caller → listener   {"nonce":"…"}
//   then, both ways     <mac> <json>      mac = HMAC-SHA256(key of this way and conversation, number of the line, json)

const NONCE_BYTES = 16;
const MAC_HEX_LENGTH = 64;

/** Seals the lines of one way, or opens them. */
export type Seal = {
  readonly close: (json: string) => string;
  /** Undefined: not from who has the key, or not the next line. */
  readonly open: (line: string) => string | undefined;
};

export type Direction = "to-caller" | "to-listener";

export function makeNonce(): string {
  return randomBytes(NONCE_BYTES).toString("hex");
}

export function openSeal(key: Uint8Array, direction: Direction, listenerNonce: string, callerNonce: string): Seal {
  const own = createHmac("sha256", key)
    .update(`lbpair control 1 ${direction} ${listenerNonce} ${callerNonce}`)
    .digest();
  let number = 0;
  const macOf = (json: string) => createHmac("sha256", own).update(`${number} ${json}`).digest("hex");
  return {
    close: (json) => {
      number += 1;
      return `${macOf(json)} ${json}`;
    },
    open: (line) => {
      number += 1;
      const json = line.slice(MAC_HEX_LENGTH + 1);
      const mac = Buffer.from(line.slice(0, MAC_HEX_LENGTH));
      const wanted = Buffer.from(macOf(json));
      return mac.length === wanted.length && timingSafeEqual(mac, wanted) ? json : undefined;
    },
  };
}
