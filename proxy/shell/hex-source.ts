import { randomBytes } from "node:crypto";

/** Fetched at once: asking the system for each identity costs more than the rest of it. */
const POOL_BYTES = 4_096;

/** Random hexadecimal digits, each handed out once. */
export class HexSource {
  #pool = "";
  #at = 0;

  take(digits: number): string {
    if (this.#at + digits > this.#pool.length) {
      this.#pool = randomBytes(POOL_BYTES).toString("hex");
      this.#at = 0;
    }
    const start = this.#at;
    this.#at += digits;
    return this.#pool.slice(start, this.#at);
  }
}
