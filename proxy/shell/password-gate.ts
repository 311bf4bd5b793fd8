import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { verifyPassword } from "../../daemon/password.ts";
import type { Credentials } from "../core/basic-auth.ts";

/** Verifications under way; each costs tens of milliseconds of a core, and anyone can ask for one. */
const VERIFYING_MAX = 4;

/** Lets those in who know the password, without paying for its slow hash at every refresh of a page. */
export class PasswordGate {
  readonly #key = randomBytes(32);
  #user = "";
  #stored = "";
  #known: Buffer | undefined;
  #verifying = 0;

  /** @param stored  as daemon/password.ts keeps it */
  configure(user: string, stored: string): void {
    if (user === this.#user && stored === this.#stored) return;
    this.#user = user;
    this.#stored = stored;
    this.#known = undefined;
  }

  async admits(credentials: Credentials): Promise<"yes" | "no" | "busy"> {
    const digest = createHmac("sha256", this.#key).update(`${credentials.user}:${credentials.password}`).digest();
    if (this.#known !== undefined && timingSafeEqual(digest, this.#known)) return "yes";
    if (credentials.user !== this.#user) return "no";
    if (this.#verifying >= VERIFYING_MAX) return "busy";
    const stored = this.#stored;
    this.#verifying++;
    try {
      const isRight = await verifyPassword(credentials.password, stored);
      if (isRight && stored === this.#stored) this.#known = digest;
      return isRight ? "yes" : "no";
    } finally {
      this.#verifying--;
    }
  }
}
