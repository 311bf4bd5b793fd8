import { openBunBackend } from "./bun-backend.ts";
import { openKoffiBackend } from "./koffi-backend.ts";
import type { PollSet } from "./poll-set.ts";
import type { Backend } from "./symbols.ts";

/**
 * The C library, typed.
 *
 * Every result is a count or descriptor ≥ 0, or the negative error number (`-EPERM`), as the kernel itself returns it: expected failures
 * are values here, not exceptions. All calls are synchronous; none retries on EINTR, which comes back as a value too.
 */
export type Libc = {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly bind: (fd: number, address: Uint8Array) => number;
  readonly listen: (fd: number, backlog: number) => number;
  /** `-EINPROGRESS`: it will be readable when there is something to read, or when it failed. */
  readonly connect: (fd: number, address: Uint8Array) => number;
  /** The next connection that waits; it does not block, and is closed on exec. */
  readonly accept: (fd: number) => number;
  /** Two connected sockets, written into `pair`. */
  readonly socketPair: (domain: number, type: number, pair: Int32Array) => number;
  /** Another descriptor of the same open file, closed on exec; the lowest free number from `lowest` on. */
  readonly duplicate: (fd: number, lowest?: number) => number;
  /** A message with a descriptor in it (daemon/ffi/descriptors.ts). */
  readonly sendMessage: (fd: number, message: Message, flags: number) => number;
  /** As {@link Libc.sendMessage} sends; the parts are overwritten. */
  readonly receiveMessage: (fd: number, message: Message, flags: number) => number;
  readonly setsockopt: (fd: number, level: number, name: number, value: Uint8Array) => number;
  /** Attaches a classic BPF program: `instructions` are its 8-byte `sock_filter`s. */
  readonly attachFilter: (fd: number, instructions: Uint8Array) => number;
  /** @param address  null on a connected or bound socket */
  readonly send: (fd: number, bytes: Uint8Array, flags: number, address: Uint8Array | null) => number;
  /** Length received; more than `buffer` holds when `MSG_TRUNC` is in `flags`. */
  readonly receive: (fd: number, buffer: Uint8Array, flags: number) => number;
  /** As `receive`, and writes the sender's socket address into `address`. */
  readonly receiveFrom: (fd: number, buffer: Uint8Array, flags: number, address: Uint8Array) => number;
  /** Waits for descriptors, `timeoutMs` with a fraction, negative: for ever. */
  readonly poll: (set: PollSet, timeoutMs: number) => number;
  readonly eventfd: () => number;
  /** Adds one to an eventfd, waking its reader. */
  readonly notify: (fd: number) => number;
  /** Takes an eventfd's count down to zero. */
  readonly acknowledge: (fd: number) => number;
  readonly close: (fd: number) => number;
  /** What the calling thread starts from now on has none of this process's capabilities, which itself keeps them. */
  readonly withholdCapabilities: () => number;
  /** Memory, all zeros, that is there as long as somebody has it open or mapped; a descriptor. */
  readonly createMemory: (bytes: number) => number;
  /** The memory of a descriptor, mapped for good; negative: the system's error. */
  readonly mapMemory: (fd: number, bytes: number) => ArrayBuffer | number;
  /** Scheduling of one thread of this machine; 0: of the calling one. */
  readonly setScheduler: (thread: number, policy: number, priority: number) => number;
  /** The calling thread's number, by which others know it. */
  readonly threadId: () => number;
  /** Number of the process that listens at the other end of a Unix socket. */
  readonly peerProcess: (fd: number) => number;
  /** Gives the calling thread a table of descriptors of its own, a copy: from then on each opens and closes for itself. */
  readonly ownDescriptors: () => number;
};

/** Octets and, beside them, what the kernel attaches (`cmsghdr`). */
export type Message = { readonly bytes: Uint8Array; readonly control: Uint8Array };

/** Opens the C library with whatever the runtime offers: `bun:ffi` on Bun, koffi on Node. */
export async function openLibc(): Promise<Libc> {
  return wrap("bun" in process.versions ? await openBunBackend() : openKoffiBackend());
}

const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SO_PEERCRED = 17;
/** `struct ucred`: process, user, group. */
const UCRED_WORDS = 3;
const BPF_INSTRUCTION_BYTES = 8;
const EFD_CLOEXEC_NONBLOCK = 0o2000000 | 0o4000;
const SOCK_CLOEXEC_NONBLOCK = EFD_CLOEXEC_NONBLOCK;
const F_DUPFD_CLOEXEC = 1030;
const MFD_CLOEXEC = 1;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FAILED = -1;
/** As it is seen in /proc; the kernel copies it. */
const MEMORY_NAME = new TextEncoder().encode("lbpair\0");
const CLONE_FILES = 0x400;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;
const NS_PER_MS = 1_000_000;

function wrap({ functions: c, errno, addressOf, viewOf }: Backend): Libc {
  const result = (value: number) => (value < 0 ? -errno() : value);
  const one = new BigUint64Array([1n]);
  const count = new BigUint64Array(1);
  const addressLength = new Uint32Array(1);
  const timespec = new Int32Array(4); // two little-endian 64-bit words: seconds, nanoseconds
  const setsockopt: Libc["setsockopt"] = (fd, level, name, value) =>
    result(c.setsockopt(fd, level, name, value, value.byteLength));
  return {
    socket: (domain, type, protocol) => result(c.socket(domain, type, protocol)),
    bind: (fd, address) => result(c.bind(fd, address, address.byteLength)),
    listen: (fd, backlog) => result(c.listen(fd, backlog)),
    connect: (fd, address) => result(c.connect(fd, address, address.byteLength)),
    accept: (fd) => result(c.accept4(fd, null, null, SOCK_CLOEXEC_NONBLOCK)),
    socketPair: (domain, type, pair) => result(c.socketpair(domain, type, 0, pair)),
    duplicate: (fd, lowest = 0) => result(c.fcntl(fd, F_DUPFD_CLOEXEC, lowest)),
    sendMessage: (fd, message, flags) => result(c.sendmsg(fd, msghdr(message, addressOf), flags)),
    receiveMessage: (fd, message, flags) => result(c.recvmsg(fd, msghdr(message, addressOf), flags)),
    setsockopt,
    attachFilter: (fd, instructions) =>
      setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, sockFprog(instructions, addressOf)),
    send: (fd, bytes, flags, address) =>
      result(c.sendto(fd, bytes, bytes.byteLength, flags, address, address?.byteLength ?? 0)),
    receive: (fd, buffer, flags) => result(c.recvfrom(fd, buffer, buffer.byteLength, flags, null, null)),
    receiveFrom: (fd, buffer, flags, address) => {
      addressLength[0] = address.byteLength;
      return result(c.recvfrom(fd, buffer, buffer.byteLength, flags, address, addressLength));
    },
    poll: (set, timeoutMs) => {
      if (timeoutMs < 0) return result(c.ppoll(set.words, set.count, null, null));
      timespec[0] = Math.trunc(timeoutMs / 1_000);
      timespec[2] = Math.trunc((timeoutMs % 1_000) * NS_PER_MS);
      return result(c.ppoll(set.words, set.count, timespec, null));
    },
    eventfd: () => result(c.eventfd(0, EFD_CLOEXEC_NONBLOCK)),
    notify: (fd) => result(c.write(fd, one, one.byteLength)),
    acknowledge: (fd) => result(c.read(fd, count, count.byteLength)),
    close: (fd) => result(c.close(fd)),
    withholdCapabilities: () => result(c.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)),
    createMemory: (bytes) => {
      const fd = result(c.memfd_create(MEMORY_NAME, MFD_CLOEXEC));
      if (fd < 0) return fd;
      const resized = result(c.ftruncate(fd, bytes));
      if (resized < 0) c.close(fd);
      return resized < 0 ? resized : fd;
    },
    mapMemory: (fd, bytes) => {
      const address = c.mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0);
      return address === MAP_FAILED ? -errno() : viewOf(address, bytes);
    },
    setScheduler: (thread, policy, priority) =>
      result(c.sched_setscheduler(thread, policy, new Int32Array([priority]))),
    threadId: () => c.gettid(),
    peerProcess: (fd) => {
      const credentials = new Int32Array(UCRED_WORDS);
      const length = Uint32Array.of(credentials.byteLength);
      const got = result(c.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length));
      return got < 0 ? got : (credentials[0] ?? 0);
    },
    ownDescriptors: () => result(c.unshare(CLONE_FILES)),
  };
}

/** `struct sock_fprog`: a count, padding, and the address of the instructions. The kernel copies them during the call. */
function sockFprog(instructions: Uint8Array, addressOf: Backend["addressOf"]): Uint8Array {
  const program = new DataView(new ArrayBuffer(16));
  program.setUint16(0, instructions.byteLength / BPF_INSTRUCTION_BYTES, true);
  program.setBigUint64(8, addressOf(instructions), true);
  return new Uint8Array(program.buffer);
}

/** `struct msghdr` of one buffer, followed by the `struct iovec` that it points to. */
function msghdr({ bytes, control }: Message, addressOf: Backend["addressOf"]): Uint8Array {
  const header = new Uint8Array(MSGHDR_BYTES + IOVEC_BYTES);
  const words = new DataView(header.buffer);
  words.setBigUint64(16, addressOf(header) + BigInt(MSGHDR_BYTES), true);
  words.setBigUint64(24, 1n, true);
  words.setBigUint64(32, control.byteLength === 0 ? 0n : addressOf(control), true);
  words.setBigUint64(40, BigInt(control.byteLength), true);
  words.setBigUint64(MSGHDR_BYTES, addressOf(bytes), true);
  words.setBigUint64(MSGHDR_BYTES + 8, BigInt(bytes.byteLength), true);
  return header;
}

const MSGHDR_BYTES = 56;
const IOVEC_BYTES = 16;
