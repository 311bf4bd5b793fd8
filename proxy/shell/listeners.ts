import type { Socket } from "node:net";
import type { CertificateStore } from "./certificates.ts";
import { Listener, type Place, placeKey, type TlsSettings } from "./listener.ts";
import type { Origin } from "./streams.ts";

/** The open listening sockets, moved from one configuration to the next without a moment without them. */
export class Listeners {
  readonly #onConnection: (socket: Socket, origin: Origin) => void;
  #open = new Map<string, Listener>();
  /** Port of each listener by name, as the system has given it. */
  #ports: Readonly<Record<string, number>> = {};

  constructor(onConnection: (socket: Socket, origin: Origin) => void) {
    this.#onConnection = onConnection;
  }

  get ports(): Readonly<Record<string, number>> {
    return this.#ports;
  }

  /**
   * Opens what the places need beyond what is open already.
   *
   * @returns how to go over to them or back; nothing changes before one of the two is called
   * @throws the system's error when a place can't be had, with nothing changed
   */
  async prepare(places: readonly Place[], certificates: CertificateStore, tls: TlsSettings): Promise<Prepared> {
    const opened = new Map<string, Listener>();
    const ports: Record<string, number> = {};
    const rollback = () => {
      for (const listener of opened.values()) listener.close();
    };
    for (const place of places) {
      const name = place.origin.listenerName;
      ports[name] = this.#ports[name] ?? place.port;
      if (this.#open.has(placeKey(place))) continue;
      const listener = new Listener(place, certificates, tls, this.#onConnection);
      opened.set(placeKey(place), listener);
      try {
        ports[name] = await listener.listen(place.address, place.port);
      } catch (error) {
        rollback();
        throw error;
      }
    }
    const commit = () => {
      const before = this.#open;
      this.#open = new Map();
      this.#ports = ports;
      for (const place of places) {
        const key = placeKey(place);
        const listener = opened.get(key) ?? before.get(key);
        if (listener === undefined) continue;
        this.#open.set(key, listener);
        before.delete(key);
        listener.change(place.origin, certificates, tls);
      }
      for (const listener of before.values()) listener.close();
    };
    return { commit, rollback };
  }

  close(): void {
    for (const listener of this.#open.values()) listener.close();
    this.#open.clear();
  }
}

export type Prepared = { readonly commit: () => void; readonly rollback: () => void };
