import { readFileSync } from "node:fs";

/** An advertisement captured from keepalived, or made by its authors (test/vrrp/data/vrrp-adverts.json). */
export type AdvertVector = {
  readonly id: number;
  readonly source: string;
  readonly hex: string;
  readonly link: "ethernet" | "vrrp-message-only";
  readonly family: "ipv4" | "ipv6";
  readonly ipSrc: string;
  readonly ipDst: string;
  readonly ipIdent?: number;
  readonly ttl?: number;
  readonly vrrpHex: string;
  readonly version: 2 | 3;
  readonly vrid: number;
  readonly priority: number;
  readonly adverInt: number;
  readonly adverIntUnit: "s" | "cs";
  readonly checksumForm: "messageOnly" | "pseudoHeader";
  readonly addresses: readonly string[];
  readonly authPass?: string;
  readonly trailerHex?: string;
};

export const ADVERTS = read<AdvertVector[]>("vrrp-adverts.json");

export type AnnouncementVector = {
  readonly kind: "gratuitous-arp" | "unsolicited-na";
  readonly hex: string;
  readonly ethSrc: string;
  readonly senderIp?: string;
  readonly target?: string;
};

export const ANNOUNCEMENTS = read<AnnouncementVector[]>("arp-and-na.json");

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../data/${name}`, import.meta.url), "utf8")) as T;
}
