// Who is in the lab, and at which address. Pure data: the demo, the tests and
// the boot code read the same table.

/** What a host is for, and so which of the image's services it runs. */
export type Role = "balancer" | "apache" | "nginx" | "app";

/** A switch of the lab: `front` joins everything, `back` the two balancers only. */
export type Segment = "front" | "back";

/** One interface of a host and the address it has there. */
export type Port = {
  readonly segment: Segment;
  /** Name inside the host. */
  readonly device: string;
  readonly address: string;
  readonly address6: string;
};

export type HostPlan = {
  readonly name: string;
  readonly role: Role;
  readonly ports: readonly [Port, ...Port[]];
};

/** Documentation ranges (RFC 5737, RFC 3849): no packet to them means anything outside the lab. */
export const SEGMENTS: Readonly<Record<Segment, { prefix: string; prefix6: string }>> = {
  front: { prefix: "203.0.113.", prefix6: "2001:db8:113::" },
  back: { prefix: "198.51.100.", prefix6: "2001:db8:198::" },
};
export const PREFIX_LENGTH = 24;
export const PREFIX_LENGTH6 = 64;

/** Where the Pulumi engine runs: the lab's own namespace. */
export const ENGINE = portAt("front", "front", 1);
/** From where a user's requests come. */
export const CLIENT = portAt("front", "eth0", 100);
/** Addresses that no host has by itself: the pair's to give away. */
export const VIRTUAL_ADDRESSES = [10, 9].map((last) => portAt("front", "eth0", last));

export const HOSTS: readonly HostPlan[] = [
  { name: "lb1", role: "balancer", ports: [portAt("front", "eth0", 11), portAt("back", "eth1", 11)] },
  { name: "lb2", role: "balancer", ports: [portAt("front", "eth0", 12), portAt("back", "eth1", 12)] },
  ...[1, 2, 3].map((n) => web(n, "apache")),
  ...[4, 5, 6].map((n) => web(n, "nginx")),
  ...[7, 8, 9].map((n) => web(n, "app")),
];

/** Address of a segment's member number `last`. IPv6 writes the same digits, as people do. */
export function portAt(segment: Segment, device: string, last: number): Port {
  const { prefix, prefix6 } = SEGMENTS[segment];
  return { segment, device, address: `${prefix}${last}`, address6: `${prefix6}${last}` };
}

function web(n: number, role: Role): HostPlan {
  return { name: `web${n}`, role, ports: [portAt("front", "eth0", 20 + n)] };
}
