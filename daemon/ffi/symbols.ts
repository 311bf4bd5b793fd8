// The C library functions the daemons call, declared once for every backend.
// Only what Node's and Bun's own modules can't do: raw, packet, netlink and
// datagram sockets, sockets that go from process to process or belong to one thread, waiting, the scheduler, and
// capabilities.

/** C types as the backends know them. A `pointer` is a typed array or null. */
export type CType = "int" | "uint" | "size" | "ssize" | "pointer";

export type CSignature = { readonly args: readonly CType[]; readonly returns: "int" | "ssize" };

export const SYMBOLS = {
  socket: { args: ["int", "int", "int"], returns: "int" },
  bind: { args: ["int", "pointer", "uint"], returns: "int" },
  setsockopt: { args: ["int", "int", "int", "pointer", "uint"], returns: "int" },
  getsockopt: { args: ["int", "int", "int", "pointer", "pointer"], returns: "int" },
  listen: { args: ["int", "int"], returns: "int" },
  connect: { args: ["int", "pointer", "uint"], returns: "int" },
  accept4: { args: ["int", "pointer", "pointer", "int"], returns: "int" },
  socketpair: { args: ["int", "int", "int", "pointer"], returns: "int" },
  fcntl: { args: ["int", "int", "int"], returns: "int" },
  sendmsg: { args: ["int", "pointer", "int"], returns: "ssize" },
  recvmsg: { args: ["int", "pointer", "int"], returns: "ssize" },
  sendto: { args: ["int", "pointer", "size", "int", "pointer", "uint"], returns: "ssize" },
  recvfrom: { args: ["int", "pointer", "size", "int", "pointer", "pointer"], returns: "ssize" },
  ppoll: { args: ["pointer", "size", "pointer", "pointer"], returns: "int" },
  eventfd: { args: ["uint", "int"], returns: "int" },
  read: { args: ["int", "pointer", "size"], returns: "ssize" },
  write: { args: ["int", "pointer", "size"], returns: "ssize" },
  close: { args: ["int"], returns: "int" },
  prctl: { args: ["int", "size", "size", "size", "size"], returns: "int" },
  memfd_create: { args: ["pointer", "uint"], returns: "int" },
  ftruncate: { args: ["int", "ssize"], returns: "int" },
  // The address, which fits a number: user space ends at 2^47.
  mmap: { args: ["pointer", "size", "int", "int", "int", "ssize"], returns: "ssize" },
  sched_setscheduler: { args: ["int", "int", "pointer"], returns: "int" },
  gettid: { args: [], returns: "int" },
  unshare: { args: ["int"], returns: "int" },
} as const satisfies Record<string, CSignature>;

type Argument = { int: number; uint: number; size: number; ssize: number; pointer: NodeJS.TypedArray | null };
type Arguments<T extends readonly CType[]> = { -readonly [K in keyof T]: Argument[T[K]] };

/** The functions as C has them: -1 is failure, and `errno` says why until the next call. */
export type CFunctions = {
  readonly [K in keyof typeof SYMBOLS]: (...args: Arguments<(typeof SYMBOLS)[K]["args"]>) => number;
};

/** One way to reach the C library. */
export type Backend = {
  readonly functions: CFunctions;
  /** Error number of the call just before, on this thread. */
  readonly errno: () => number;
  /** Where the bytes are in memory; they must stay referenced while the kernel uses the address. */
  readonly addressOf: (bytes: Uint8Array) => bigint;
  /** Memory at an address, for as long as the process lives. */
  readonly viewOf: (address: number, bytes: number) => ArrayBuffer;
};

/** Debian's C library; also what a musl system would need changed. */
export const C_LIBRARY = "libc.so.6";
