import { readdir } from "node:fs/promises";
import { runOrThrow } from "../command.ts";
import { type LabPlaces, NAMESPACES_DIR } from "../places.ts";
import { CLIENT, ENGINE, PREFIX_LENGTH, PREFIX_LENGTH6, SEGMENTS, type Segment } from "../topology.ts";
import { plugIn } from "./cable.ts";
import { ipBatch } from "./ip.ts";

/** Makes the lab's namespace with its switches, and the client's namespace. Nothing in them leads out. */
export async function openNetwork(places: LabPlaces): Promise<void> {
  await addNamespace(places.labNamespace);
  const segments = Object.keys(SEGMENTS) as Segment[];
  await ipBatch(places.labNamespace, segments.flatMap(switchLines));
  await ipBatch(places.labNamespace, addressLines(ENGINE.device, ENGINE.address, ENGINE.address6));
  await addNamespace(places.clientNamespace);
  await plugIn(places, { owner: "client", namespace: places.clientNamespace, port: CLIENT, isCut: false });
  await ipBatch(places.clientNamespace, [
    `link set ${CLIENT.device} up`,
    ...addressLines(CLIENT.device, CLIENT.address, CLIENT.address6),
  ]);
}

/** Makes a network namespace with a loopback that works. */
export async function addNamespace(namespace: string): Promise<void> {
  await runOrThrow(["ip", "netns", "add", namespace]);
  await ipBatch(namespace, ["link set lo up"]);
}

/** The namespaces of this lab that exist now. */
export async function listNamespaces(places: LabPlaces): Promise<string[]> {
  const names = await readdir(NAMESPACES_DIR).catch(() => []);
  return names.filter((name) => name === places.labNamespace || name.startsWith(`${places.name}-`));
}

export async function deleteNamespace(namespace: string): Promise<void> {
  await runOrThrow(["ip", "netns", "delete", namespace]);
}

/** No spanning tree and no multicast snooping: a frame goes everywhere at once, as on the simplest switch. */
function switchLines(segment: Segment): string[] {
  return [`link add ${segment} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`, `link set ${segment} up`];
}

/** `nodad`: usable at once, nobody else here has it. */
function addressLines(device: string, address: string, address6: string): string[] {
  return [
    `address add ${address}/${PREFIX_LENGTH} dev ${device}`,
    `address add ${address6}/${PREFIX_LENGTH6} dev ${device} nodad`,
  ];
}
