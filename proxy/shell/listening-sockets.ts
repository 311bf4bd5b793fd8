import { isIPv4 } from "node:net";
import { type Handed, handDescriptor } from "../../daemon/ffi/descriptors.ts";
import { errorName } from "../../daemon/ffi/errno.ts";
import type { Libc } from "../../daemon/ffi/libc.ts";
import { AF_INET, AF_INET6, encodeInet6Address, encodeInetAddress } from "../../daemon/ffi/sockaddr.ts";
import { decodeAddress } from "../wire/address.ts";
import { BACKLOG, type Place, placeKey } from "./listener.ts";

// Listening sockets belong to the daemon, not to the worker that accepts on one:
// a worker that ends leaves connections in the queue, and its successor finds them.
// Each worker has a socket of its own for a place (SO_REUSEPORT), and the kernel
// spreads connections over them.

const SOCK_STREAM_CLOEXEC = 1 | 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_REUSEPORT = 15;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const ON = new Uint8Array([1, 0, 0, 0]);
const OFF = new Uint8Array(4);

/** The listening sockets of a daemon, by place. */
export class ListeningSockets {
  readonly #libc: Libc;
  readonly #open = new Map<string, readonly number[]>();

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** Takes over what another daemon has opened; the word of each is its place. */
  adopt(handed: readonly Handed[]): void {
    for (const { word, fd } of handed) this.#open.set(word, [...(this.#open.get(word) ?? []), fd]);
  }

  /**
   * Opens what places need beyond what is open.
   *
   * @param countOf  sockets that a place needs
   * @returns how to close what was opened
   * @throws Error with address, port and the system's word, with nothing changed
   */
  open(places: readonly Place[], countOf: (place: Place) => number): () => void {
    const before = new Map(this.#open);
    const opened: number[] = [];
    const undo = () => {
      for (const fd of opened) this.#libc.close(fd);
      this.#open.clear();
      for (const [key, fds] of before) this.#open.set(key, fds);
    };
    try {
      for (const place of places) {
        const fds = [...(this.#open.get(socketKey(place)) ?? [])];
        // Without SO_REUSEPORT first: another daemon of the same user would share the port unnoticed.
        if (fds.length === 0) this.#libc.close(this.#bind(place, []));
        while (fds.length < countOf(place)) {
          const fd = this.#listen(place);
          opened.push(fd);
          fds.push(fd);
        }
        this.#open.set(socketKey(place), fds);
      }
    } catch (error) {
      undo();
      throw error;
    }
    return undo;
  }

  /** Closes what none of the places needs. */
  keep(places: readonly Place[]): void {
    const keys = new Set(places.map(socketKey));
    for (const [key, fds] of this.#open) {
      if (keys.has(key)) continue;
      for (const fd of fds) this.#libc.close(fd);
      this.#open.delete(key);
    }
  }

  /** Descriptors of their own for a worker in this process. */
  copies(place: Place): number[] {
    return (this.#open.get(socketKey(place)) ?? []).map((fd) => this.#libc.duplicate(fd));
  }

  /** Hands a worker its part of a place: those whose number it is, when counted round. */
  handPart(way: number, place: Place, worker: number, workers: number): void {
    const word = placeKey(place);
    for (const [index, fd] of (this.#open.get(socketKey(place)) ?? []).entries()) {
      if (index % workers === worker) handDescriptor(this.#libc, way, { word, fd });
    }
  }

  /** Hands everything over to another daemon. */
  handAll(way: number): void {
    for (const [word, fds] of this.#open) for (const fd of fds) handDescriptor(this.#libc, way, { word, fd });
  }

  close(): void {
    this.keep([]);
  }

  #listen(place: Place): number {
    const fd = this.#bind(place, [SO_REUSEPORT]);
    this.#must(place, fd, this.#libc.listen(fd, BACKLOG));
    return fd;
  }

  #bind(place: Place, options: readonly number[]): number {
    const libc = this.#libc;
    const isV4 = isIPv4(place.address ?? "");
    // IPv4 addresses are kept as IPv6 has them; their own four octets are the last.
    const octets = place.address === undefined ? undefined : decodeAddress(place.address)?.slice(isV4 ? -4 : 0);
    const bytes = octets === undefined ? undefined : Uint8Array.from(octets);
    let fd = libc.socket(isV4 ? AF_INET : AF_INET6, SOCK_STREAM_CLOEXEC, 0);
    // A system without IPv6 has all its addresses in IPv4.
    const isPlain = isV4 || (place.address === undefined && fd < 0);
    if (isPlain && !isV4) fd = libc.socket(AF_INET, SOCK_STREAM_CLOEXEC, 0);
    this.#must(place, fd, fd);
    for (const option of [SO_REUSEADDR, ...options]) libc.setsockopt(fd, SOL_SOCKET, option, ON);
    if (!isPlain) libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, place.address === undefined ? OFF : ON);
    const address = isPlain
      ? encodeInetAddress(bytes ?? new Uint8Array(4), place.port)
      : encodeInet6Address(bytes ?? new Uint8Array(16), 0, place.port);
    this.#must(place, fd, libc.bind(fd, address));
    return fd;
  }

  #must({ address, port }: Place, fd: number, result: number): void {
    if (result >= 0) return;
    if (fd >= 0) this.#libc.close(fd);
    throw new Error(`listen on ${address ?? "*"} port ${port}: ${errorName(result)}`);
  }
}

/** What is spoken on a socket may change while it is open. */
function socketKey({ address, port }: Place): string {
  return `${address ?? "*"} ${port}`;
}
