import { readFile } from "node:fs/promises";
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

/** An IPv4 address as /proc/net/tcp writes it, and as tcp6 does for a socket of both families. */
function hexForms(address: string): string[] {
  if (address.includes(":")) return [];
  const bytes = address.split(".").map(Number).reverse();
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join("");
  return [hex, `0000000000000000FFFF0000${hex}`];
}
