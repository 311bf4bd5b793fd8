// Numbers of the Linux socket interface that no module of the runtimes has.

export const SOCK_STREAM = 1;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC_NONBLOCK = 0o2000000 | 0o4000;
export const MSG_DONTWAIT = 0x40;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_RCVBUF = 8;
export const SO_KEEPALIVE = 9;
export const SO_PRIORITY = 12;
export const SO_BINDTODEVICE = 25;

export const IPPROTO_IP = 0;
export const IP_HDRINCL = 3;
export const IP_MULTICAST_LOOP = 34;
export const IP_ADD_MEMBERSHIP = 35;
export const IP_MULTICAST_ALL = 49;

export const IPPROTO_TCP = 6;
export const TCP_KEEPIDLE = 4;
export const TCP_KEEPINTVL = 5;
export const TCP_KEEPCNT = 6;
export const TCP_SYNCNT = 7;

export const IPPROTO_IPV6 = 41;
export const IPV6_MULTICAST_LOOP = 19;
export const IPV6_JOIN_GROUP = 20;
export const IPV6_MULTICAST_ALL = 29;
export const IPV6_V6ONLY = 26;
export const IPV6_HDRINCL = 36;

export const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;

export const SCHED_RR = 2;
/** Threads that a real-time thread starts are ordinary ones. */
export const SCHED_RESET_ON_FORK = 0x40000000;
/** Above ordinary threads, below the kernel's own. */
export const REALTIME_PRIORITY = 10;

/** An `int` option's value. */
export function intOption(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

/** A text option's value. */
export function textOption(text: string): Uint8Array {
  return new TextEncoder().encode(`${text}\0`);
}
