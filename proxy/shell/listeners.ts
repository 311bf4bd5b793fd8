import type { CertificateStore } from "./certificates.ts";
import { type Doorkeeper, Listener, type Place, placeKey, type TlsSettings } from "./listener.ts";

/** Open sockets for a place, which are the caller's from now on; none: it has to open one itself. */
export type SocketSource = (place: Place) => readonly number[];

/** What listens, moved from one configuration to the next without a moment without it. */
export class Listeners {
  readonly #doorkeeper: Doorkeeper;
  readonly #source: SocketSource;
  #open = new Map<string, readonly Listener[]>();
  /** Port of each listener by name, as the system has given it. */
  #ports: Readonly<Record<string, number>> = {};

  constructor(doorkeeper: Doorkeeper, source: SocketSource) {
    this.#doorkeeper = doorkeeper;
    this.#source = source;
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
    const opened = new Map<string, Listener[]>();
    const ports: Record<string, number> = {};
    const rollback = () => {
      for (const listener of [...opened.values()].flat()) void listener.close();
    };
    for (const place of places) {
      const name = place.origin.listenerName;
      ports[name] = this.#ports[name] ?? place.port;
      if (this.#open.has(placeKey(place))) continue;
      const listeners: Listener[] = [];
      opened.set(placeKey(place), listeners);
      const sockets = this.#source(place);
      for (const socket of sockets.length > 0 ? sockets : [undefined]) {
        const listener = new Listener(place, certificates, tls, this.#doorkeeper);
        listeners.push(listener);
        try {
          ports[name] = await listener.listen(place, socket);
        } catch (error) {
          rollback();
          throw error;
        }
      }
    }
    const commit = () => {
      const before = this.#open;
      this.#open = new Map();
      this.#ports = ports;
      for (const place of places) {
        const key = placeKey(place);
        const listeners = opened.get(key) ?? before.get(key) ?? [];
        this.#open.set(key, listeners);
        before.delete(key);
        for (const listener of listeners) listener.change(place, certificates, tls);
      }
      for (const listener of [...before.values()].flat()) void listener.close();
    };
    return { commit, rollback };
  }

  /** Resolves when there is no connection any more, be it in its handshake. */
  async close(): Promise<void> {
    const open = [...this.#open.values()].flat();
    this.#open.clear();
    await Promise.all(open.map((listener) => listener.close()));
  }
}

export type Prepared = { readonly commit: () => void; readonly rollback: () => void };
