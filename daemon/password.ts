import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

// The stored form of a password, one line, as PHC strings are written:
//
//   $scrypt$ln=15,r=8,p=1$<salt, base64>$<hash, base64>

/** 32 MiB and some 50 ms a try: the stats page is asked seldom, a stolen file must stay worthless. */
const COST = { ln: 15, r: 8, p: 1 } as const;
const SALT_LENGTH = 16;
const HASH_LENGTH = 32;
/** A stored string may not ask for more work than this. */
const LN_MAX = 17;
const MEMORY_MAX = 256 * 1024 * 1024;

const STORED = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*)$/;

/** Stored form of a password, with a fresh salt: equal passwords give different strings. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_LENGTH);
  const hash = await derive(password, salt, HASH_LENGTH, COST);
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${salt.toString("base64")}$${hash.toString("base64")}`;
}

/** Whether a password belongs to a stored form; anything that is not a stored form belongs to none. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const match = STORED.exec(stored.trim());
  if (match === null) return false;
  const [, ln, r, p, salt = "", hash = ""] = match;
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  if (cost.ln < 1 || cost.ln > LN_MAX || cost.r < 1 || cost.p < 1) return false;
  const wanted = Buffer.from(hash, "base64");
  return timingSafeEqual(await derive(password, Buffer.from(salt, "base64"), wanted.length, cost), wanted);
}

/** Whether a text has the form that {@link hashPassword} gives. */
export function isStoredPassword(text: string): boolean {
  return STORED.test(text.trim());
}

function derive(
  password: string,
  salt: Uint8Array,
  length: number,
  cost: { readonly ln: number; readonly r: number; readonly p: number },
): Promise<Buffer> {
  const options = { N: 2 ** cost.ln, r: cost.r, p: cost.p, maxmem: MEMORY_MAX };
  return new Promise((resolve, reject) => {
    // Node says null where there is no error, Bun undefined.
    scrypt(password.normalize("NFC"), salt, length, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
