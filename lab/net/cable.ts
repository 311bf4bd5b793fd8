import { run } from "../command.ts";
import type { LabPlaces } from "../places.ts";
import type { Port } from "../topology.ts";
import { ipBatch } from "./ip.ts";

/** One end of a cable in a switch, the other in a namespace. */
export type Cable = {
  /** Host (or client) at the far end. */
  readonly owner: string;
  readonly namespace: string;
  readonly port: Port;
  /** Plugged in at the far end only. */
  readonly isCut: boolean;
};

/** Lays a cable: the switch's end is named after its owner, the far end is the owner's device. */
export async function plugIn(places: LabPlaces, cable: Cable): Promise<void> {
  const { port } = cable;
  const end = switchEnd(cable.owner, port);
  await ipBatch(places.labNamespace, [
    `link add ${end} type veth peer name ${port.device} address ${macOf(port)} netns ${cable.namespace}`,
    `link set ${end} master ${port.segment} addrgenmode none`,
    `link set ${end} ${cable.isCut ? "down" : "up"}`,
  ]);
}

/** With the switch's end down, the owner's device loses its carrier, as with a cable pulled. */
export async function setPlugged(places: LabPlaces, owner: string, port: Port, isPlugged: boolean): Promise<void> {
  await ipBatch(places.labNamespace, [`link set ${switchEnd(owner, port)} ${isPlugged ? "up" : "down"}`]);
}

/** Pulls a cable on the switch's side. One that was never laid, or is gone with its switch, is out already. */
export async function pullOut(places: LabPlaces, owner: string, port: Port): Promise<void> {
  await run(["ip", "-n", places.labNamespace, "link", "set", switchEnd(owner, port), "down"]);
}

/** Removes a cable, both ends, if it is there. */
export async function takeAway(places: LabPlaces, owner: string, port: Port): Promise<void> {
  await run(["ip", "-n", places.labNamespace, "link", "delete", switchEnd(owner, port)]);
}

function switchEnd(owner: string, port: Port): string {
  return `${owner}-${port.device}`;
}

/** The same at every boot, so that nobody's neighbour table is stale without a reason. 02: locally administered. */
function macOf(port: Port): string {
  const octets = port.address.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0"));
  return ["02", "00", ...octets].join(":");
}
