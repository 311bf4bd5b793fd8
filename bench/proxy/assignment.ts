// What every peer is asked to be: one balancer for the same apps, with the same
// persistence and the same rewriting.

export type BenchBackend = { readonly name: string; readonly address: string };

export type BenchApp = {
  readonly name: string;
  /** With slashes at both ends. */
  readonly prefix: string;
  readonly cookieName: string;
  readonly backends: readonly BenchBackend[];
};

export type Assignment = {
  /** Directory for the peer's files, empty and its own. */
  readonly dir: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly isLogged: boolean;
  /** Processes or threads that may work at once. */
  readonly workers: number;
  readonly apps: readonly BenchApp[];
  /** Chain and key. */
  readonly pemPath: string;
};

/** A program to be measured. */
export type Peer = {
  readonly name: string;
  /** Part of the requests that may fail; 0 unless there is a reason. */
  readonly failuresMax: number;
  /** Writes its files and says what to run: programs that stay in the foreground. */
  readonly prepare: (assignment: Assignment) => readonly (readonly string[])[];
};

/** Apps app1 … appN, all served by the same backends b0, b1, … */
export function benchApps(count: number, addresses: readonly string[]): BenchApp[] {
  const backends = addresses.map((address, index) => ({ name: `b${index}`, address }));
  return Array.from({ length: count }, (_, index) => {
    const name = `app${index + 1}`;
    return { name, prefix: `/${name}/`, cookieName: `SRVID_${name}`, backends };
  });
}
