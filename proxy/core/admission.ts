import type { SharedCounts } from "./shared-counts.ts";

/**
 * Which connections come in: those that are there, in total and of each address, on all workers.
 *
 * What is this worker's is told before it is looked at what is the others': of two that take the last place at once,
 * neither overlooks the other.
 */
export class Admission {
  readonly #addresses = new Map<string, number>();
  #seats = 0;
  #shared: SharedCounts | undefined;

  /** Counts together with other workers from now on; nobody has been admitted yet. */
  share(shared: SharedCounts): void {
    this.#shared = shared;
  }

  /** Takes a place for another connection. False: there is none left. */
  takeSeat(connectionsMax: number): boolean {
    this.#changeSeats(1);
    if (this.#seats + (this.#shared?.connections.others() ?? 0) <= connectionsMax) return true;
    this.leaveSeat();
    return false;
  }

  leaveSeat(): void {
    this.#changeSeats(-1);
  }

  /** Counts another connection of an address. False: there are too many already; undefined is no limit. */
  admits(address: string, connectionsMax: number | undefined): boolean {
    this.#shared?.addAddress(address, 1);
    this.#addresses.set(address, (this.#addresses.get(address) ?? 0) + 1);
    if (connectionsMax === undefined || this.#connectionsOf(address) <= connectionsMax) return true;
    this.leave(address);
    return false;
  }

  /** A connection that was admitted has ended. */
  leave(address: string): void {
    this.#shared?.addAddress(address, -1);
    const count = this.#addresses.get(address) ?? 0;
    if (count > 1) this.#addresses.set(address, count - 1);
    else this.#addresses.delete(address);
  }

  #changeSeats(change: 1 | -1): void {
    this.#seats += change;
    this.#shared?.connections.publish(this.#seats);
  }

  #connectionsOf(address: string): number {
    return this.#shared?.connectionsOf(address) ?? this.#addresses.get(address) ?? 0;
  }
}
