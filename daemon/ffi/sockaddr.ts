// Socket addresses as Linux lays them out. The family is in the host's byte
// order (little-endian on every machine we run on), ports and protocols in the
// network's.

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;

/** `struct sockaddr_un`: a path, or an abstract name when it begins with `@` (systemd's spelling). */
export function encodeUnixAddress(path: string): Uint8Array {
  const name = new TextEncoder().encode(path);
  const isAbstract = path.startsWith("@");
  // A path ends with a zero byte; an abstract name begins with one and has no end mark.
  const bytes = new Uint8Array(2 + name.length + (isAbstract ? 0 : 1));
  view(bytes).setUint16(0, AF_UNIX, true);
  bytes.set(name, 2);
  if (isAbstract) bytes[2] = 0;
  return bytes;
}

/** `struct sockaddr_in`. */
export function encodeInetAddress(address: Uint8Array, port = 0): Uint8Array {
  const bytes = new Uint8Array(16);
  view(bytes).setUint16(0, AF_INET, true);
  view(bytes).setUint16(2, port, false);
  bytes.set(address, 4);
  return bytes;
}

/** `struct sockaddr_in6`; `scope` is the interface index of a link-local address. */
export function encodeInet6Address(address: Uint8Array, scope: number, port = 0): Uint8Array {
  const bytes = new Uint8Array(28);
  view(bytes).setUint16(0, AF_INET6, true);
  view(bytes).setUint16(2, port, false);
  bytes.set(address, 8);
  view(bytes).setUint32(24, scope, true);
  return bytes;
}

/** `struct sockaddr_nl`, to the kernel or with multicast groups to listen to. */
export function encodeNetlinkAddress(groups: number): Uint8Array {
  const bytes = new Uint8Array(12);
  view(bytes).setUint16(0, AF_NETLINK, true);
  view(bytes).setUint32(8, groups, true);
  return bytes;
}

/** `struct sockaddr_ll`: an interface, and the protocol (EtherType) to receive, 0 for none. */
export function encodeLinkAddress(interfaceIndex: number, protocol: number): Uint8Array {
  const bytes = new Uint8Array(20);
  view(bytes).setUint16(0, AF_PACKET, true);
  view(bytes).setUint16(2, protocol, false);
  view(bytes).setInt32(4, interfaceIndex, true);
  return bytes;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
