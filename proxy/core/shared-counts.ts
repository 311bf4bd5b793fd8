// What all workers of a host have under way, in memory that they share: a limit is one truth for the host, however
// connections are spread.
//
//   header    tickets, seed
//   column 0  connections | two cells for each slot … | addresses     of worker 0
//   column 1  connections | two cells for each slot … | addresses     of worker 1
//   …
//
// A worker writes in its own column only, so that nothing is lost when it dies: the daemon clears its column, and what
// it held is free. Whoever wants to know the whole adds a row up.

/** Apps and backends that are counted across workers; a slot is two cells of a column. */
export const SLOTS_MAX = 131_072;

const HEADER_CELLS = 16;
const TICKETS = 0;
const SEED = 1;
const CONNECTIONS = 0;
const SLOTS = 1;
const ADDRESSES = SLOTS + 2 * SLOTS_MAX;
/** Connections of an address are counted in three places at once, and the least of them is taken (count-min). */
const ADDRESS_ROWS = 3;
const ADDRESS_WIDTH = 65_536;
const COLUMN_CELLS = ADDRESSES + ADDRESS_ROWS * ADDRESS_WIDTH;
const CELL_BYTES = 4;

/** Octets that so many workers need; the system keeps only those that are written to. */
export function sharedBytes(workers: number): number {
  return CELL_BYTES * (HEADER_CELLS + workers * COLUMN_CELLS);
}

/** To be called once, by the daemon. @param seed  random: nobody is to find addresses that are counted as another's */
export function prepareShared(memory: ArrayBuffer, seed: number): void {
  new Int32Array(memory)[SEED] = seed;
}

/** A worker has ended: what it had under way is over. */
export function clearColumn(memory: ArrayBuffer, worker: number): void {
  const start = HEADER_CELLS + worker * COLUMN_CELLS;
  new Int32Array(memory).fill(0, start, start + COLUMN_CELLS);
}

/** The memory as one of the workers sees it. */
export class SharedCounts {
  readonly connections: SharedRow;
  readonly #cells: Int32Array;
  readonly #workers: number;
  readonly #own: number;

  /** @param own  number of the worker, from 0 */
  constructor(memory: ArrayBuffer, workers: number, own: number) {
    this.#cells = new Int32Array(memory);
    this.#workers = workers;
    this.#own = own;
    this.connections = this.#row(CONNECTIONS);
  }

  /** Both rows of a slot. */
  slot(slot: number): readonly [SharedRow, SharedRow] {
    return [this.#row(SLOTS + 2 * slot), this.#row(SLOTS + 2 * slot + 1)];
  }

  /** A number that nobody has had, higher than all before; never 0, and after the highest comes the lowest. */
  takeTicket(): number {
    const ticket = (Atomics.add(this.#cells, TICKETS, 1) + 1) | 0;
    return ticket === 0 ? this.takeTicket() : ticket;
  }

  /** Counts connections of an address that come, or go. */
  addAddress(address: string, change: 1 | -1): void {
    for (let row = 0; row < ADDRESS_ROWS; row++) {
      Atomics.add(this.#cells, this.#start(this.#own) + this.#addressCell(address, row), change);
    }
  }

  /** Connections of an address, on all workers: never too few, and too many only by a rare coincidence. */
  connectionsOf(address: string): number {
    let least = Number.POSITIVE_INFINITY;
    for (let row = 0; row < ADDRESS_ROWS; row++) {
      const cell = this.#addressCell(address, row);
      let sum = 0;
      for (let worker = 0; worker < this.#workers; worker++)
        sum += Atomics.load(this.#cells, this.#start(worker) + cell);
      least = Math.min(least, sum);
    }
    return least;
  }

  #row(row: number): SharedRow {
    const cells = Array.from({ length: this.#workers }, (_, worker) => this.#start(worker) + row);
    const others = cells.filter((_, worker) => worker !== this.#own);
    return new SharedRow(this.#cells, cells[this.#own] ?? 0, others);
  }

  #start(worker: number): number {
    return HEADER_CELLS + worker * COLUMN_CELLS;
  }

  /** FNV-1a with a seed, one for each row. */
  #addressCell(address: string, row: number): number {
    let hash = (this.#cells[SEED] ?? 0) ^ Math.imul(row + 1, 0x9e3779b1);
    for (let index = 0; index < address.length; index++) hash = Math.imul(hash ^ address.charCodeAt(index), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    return ADDRESSES + row * ADDRESS_WIDTH + ((hash ^ (hash >>> 13)) & (ADDRESS_WIDTH - 1));
  }
}

/** One number of each worker. */
export class SharedRow {
  readonly #cells: Int32Array;
  readonly #own: number;
  readonly #others: readonly number[];

  constructor(cells: Int32Array, own: number, others: readonly number[]) {
    this.#cells = cells;
    this.#own = own;
    this.#others = others;
  }

  publish(value: number): void {
    Atomics.store(this.#cells, this.#own, value);
  }

  /** Sum of the other workers' numbers. */
  others(): number {
    let sum = 0;
    for (const cell of this.#others) sum += Atomics.load(this.#cells, cell);
    return sum;
  }

  /** Oldest of the other workers' tickets; 0: none of them has any. */
  oldest(): number {
    let oldest = 0;
    for (const cell of this.#others) {
      const ticket = Atomics.load(this.#cells, cell);
      if (ticket !== 0 && (oldest === 0 || isOlder(ticket, oldest))) oldest = ticket;
    }
    return oldest;
  }
}

/** Whether a ticket was taken before another. */
export function isOlder(ticket: number, other: number): boolean {
  return ((ticket - other) | 0) < 0;
}
