import { formatIpAddress, parseIpAddress } from "./ip-address.ts";

// Ethernet header: destination 6, source 6, type 0x0806
// ARP (RFC 826):   hardware 1, protocol 0x0800, lengths 6 and 4, operation 2,
//                  sender MAC 6, sender IP 4, target MAC 6, target IP 4

/** RFC 826: 1 asks, 2 answers. */
export type ArpOperation = "request" | "reply";

export type ArpPacket = {
  readonly operation: ArpOperation;
  readonly senderMac: string;
  readonly senderAddress: string;
  readonly targetMac: string;
  readonly targetAddress: string;
};

export const ETHERTYPE_ARP = 0x0806;
const ETHERNET_HEADER_BYTES = 14;
const FRAME_BYTES = 42;
const FIXED_FIELDS = [0x00, 0x01, 0x08, 0x00, 6, 4];
const BROADCAST = new Uint8Array(6).fill(0xff);

/**
 * Frame that tells every neighbour that `address` is at `mac` (gratuitous ARP, RFC 5227 3): sender and target are the address itself.
 *
 * Some neighbours learn only from requests, some only from replies, so both exist.
 */
export function encodeGratuitousArp(operation: ArpOperation, mac: string, address: string): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES);
  const sender = parseMac(mac);
  const ip = parseIpAddress(address) ?? new Uint8Array(4);
  const view = new DataView(frame.buffer);
  frame.set(BROADCAST, 0);
  frame.set(sender, 6);
  view.setUint16(12, ETHERTYPE_ARP);
  frame.set(FIXED_FIELDS, ETHERNET_HEADER_BYTES);
  view.setUint16(20, operation === "request" ? 1 : 2);
  frame.set(sender, 22);
  frame.set(ip, 28);
  frame.set(BROADCAST, 32);
  frame.set(ip, 38);
  return frame;
}

/**
 * Frame that asks who has `address`.
 *
 * @param source  own address; 0.0.0.0 asks without telling anyone anything (RFC 5227 2.1.1, ARP Probe)
 */
export function encodeArpQuestion(mac: string, source: string, address: string): Uint8Array {
  const frame = encodeGratuitousArp("request", mac, address);
  frame.set(parseIpAddress(source) ?? new Uint8Array(4), 28);
  frame.fill(0, 32, 38);
  return frame;
}

/** ARP packet of an Ethernet frame; undefined for anything else. Padding behind it is allowed. */
export function decodeArp(frame: Uint8Array): ArpPacket | undefined {
  if (frame.length < FRAME_BYTES) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint16(12) !== ETHERTYPE_ARP) return undefined;
  if (!FIXED_FIELDS.every((byte, index) => frame[ETHERNET_HEADER_BYTES + index] === byte)) return undefined;
  const code = view.getUint16(20);
  if (code !== 1 && code !== 2) return undefined;
  return {
    operation: code === 1 ? "request" : "reply",
    senderMac: formatMac(frame.subarray(22, 28)),
    senderAddress: formatIpAddress(frame.subarray(28, 32)),
    targetMac: formatMac(frame.subarray(32, 38)),
    targetAddress: formatIpAddress(frame.subarray(38, 42)),
  };
}

export function formatMac(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** Bytes of a MAC in its usual text. */
export function parseMac(text: string): Uint8Array {
  return Uint8Array.from(text.split(":"), (part) => Number.parseInt(part, 16));
}
