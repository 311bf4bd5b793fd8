import { readFile } from "node:fs/promises";
import { parseIpAddress } from "../../wire/ip-address.ts";
import type { EngineClient } from "../engine-client.ts";

/** How often connections are counted while addresses linger. */
const LOOK_MS = 100;
/** Twice nothing is none: a handshake may have been under way. */
const IDLE_LOOKS = 2;

/** Ends the lingering of an instance's addresses as soon as no connection uses them any more. */
export function endLingerWhenIdle(
  instance: string,
  addresses: readonly string[],
  lingerMs: number,
  engine: Pick<EngineClient, "tellPeerEvent">,
): void {
  const bare = addresses.map((address) => address.replace(/\/.*/, ""));
  const looks = Math.floor(lingerMs / LOOK_MS);
  const look = async (left: number, idle: number): Promise<void> => {
    if (left === 0) return; // the machine's own timer ends it
    const nextIdle = (await countConnections(bare)) === 0 ? idle + 1 : 0;
    if (nextIdle < IDLE_LOOKS) setTimeout(() => void look(left - 1, nextIdle), LOOK_MS).unref();
    else engine.tellPeerEvent(instance, { kind: "lingerEnded" });
  };
  void look(looks, 0);
}

/** TCP's states in /proc/net/tcp in which a connection no longer needs its address. */
const OVER: readonly string[] = ["06", "07", "0A"];

async function countConnections(addresses: readonly string[]): Promise<number> {
  const wanted = new Set(addresses.flatMap(hexForms));
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  const lines = tables.flatMap((table) => table.split("\n").slice(1));
  return lines.filter((line) => {
    const [, local = "", , state = ""] = line.trim().split(/\s+/);
    return wanted.has(local.split(":")[0] ?? "") && !OVER.includes(state);
  }).length;
}

/** An address as /proc/net/tcp and tcp6 write it: words of four bytes in the machine's order; IPv4 also as a socket of both families has it. */
function hexForms(address: string): string[] {
  const bytes = parseIpAddress(address) ?? new Uint8Array();
  const hex = Array.from(bytes, (_, at) => (bytes[(at & ~3) + 3 - (at & 3)] ?? 0).toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
  return bytes.length === 4 ? [hex, `0000000000000000FFFF0000${hex}`] : [hex];
}
