/** Connections of each address that has any. */
export class AddressCounts {
  readonly #counts = new Map<string, number>();

  /** Counts another connection, unless that were too many. */
  admits(address: string, connectionsMax: number | undefined): boolean {
    const count = this.#counts.get(address) ?? 0;
    if (connectionsMax !== undefined && count >= connectionsMax) return false;
    this.#counts.set(address, count + 1);
    return true;
  }

  /** A connection that was admitted has ended. */
  leave(address: string): void {
    const count = this.#counts.get(address) ?? 0;
    if (count > 1) this.#counts.set(address, count - 1);
    else this.#counts.delete(address);
  }
}
