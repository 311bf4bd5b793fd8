import type { SecureContext, Server } from "node:tls";
import type { Certificate } from "./certificates.ts";
import type { ClientPolicy } from "./client-policy.ts";
import { TicketKeyPlace } from "./ticket-key-place.ts";
import { nextTicketKeysMs, ticketKeys } from "./ticket-keys.ts";

/** A TLS server's session tickets: their keys are those of everyone who has the certificate, and new ones each day. */
export class Tickets {
  readonly #server: Server;
  readonly #onFault: (because: string) => void;
  #timer: NodeJS.Timeout | undefined;
  /** One is done after the other, and of those that wait only the last. */
  #renewing = Promise.resolve();
  #renewals = 0;
  /** On Bun: where the keys are. */
  #place: TicketKeyPlace | undefined;

  /** @param onFault  told why sessions are resumed by this server alone, as they began */
  constructor(server: Server, onFault: (because: string) => void) {
    this.#server = server;
    this.#onFault = onFault;
  }

  /**
   * Sets the keys of today, and of each day that comes; to be called again when the server's context is another.
   *
   * Resolves when tickets have them; on Bun that takes some turns of the event loop, in which they have keys of their own.
   */
  renew(certificate: Certificate | undefined, policy: ClientPolicy | undefined): Promise<void> {
    this.#renewals += 1;
    const number = this.#renewals;
    this.#renewing = this.#renewing.then(async () => {
      if (number === this.#renewals) await this.#renew(certificate, policy);
    });
    return this.#renewing;
  }

  close(): void {
    this.#renewals += 1;
    clearTimeout(this.#timer);
  }

  async #renew(certificate: Certificate | undefined, policy: ClientPolicy | undefined): Promise<void> {
    clearTimeout(this.#timer);
    const nowMs = Date.now();
    const keys = ticketKeys(certificate, nowMs, policy);
    if (keys === undefined) return;
    this.#timer = setTimeout(() => void this.renew(certificate, policy), nextTicketKeysMs(nowMs));
    this.#timer.unref();
    try {
      if ("bun" in process.versions) await this.#setOnBun(keys);
      else this.#server.setTicketKeys(keys);
    } catch (error) {
      this.#onFault((error as Error).message);
    }
  }

  async #setOnBun(keys: Buffer): Promise<void> {
    const context = contextOf(this.#server);
    const place = this.#place?.context === context ? this.#place : await TicketKeyPlace.find(context);
    // Another context may have come meanwhile, and its keys with it.
    if (contextOf(this.#server) !== context) return;
    this.#place = place;
    await place.set(keys);
  }
}

/** What a server's connections share; node:tls has a name for it and no word in its documentation. */
function contextOf(server: Server & { readonly _sharedCreds?: SecureContext }): SecureContext {
  if (server._sharedCreds === undefined) throw new Error("its TLS context can't be had");
  return server._sharedCreds;
}
