import { access, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setPlugged } from "../net/cable.ts";
import type { LabPlaces } from "../places.ts";
import type { HostPlan, Port, Segment } from "../topology.ts";
import { leaderOf } from "./cgroups.ts";

/** Pulls or plugs a host's cables: all, or the one to a segment. A cut outlives a power cut: nobody has plugged it in. */
export async function setCable(
  places: LabPlaces,
  host: HostPlan,
  segment: Segment | undefined,
  to: "cut" | "plugged",
): Promise<void> {
  const isOn = (await leaderOf(places.name, host.name)) !== undefined;
  for (const port of host.ports.filter((each) => segment === undefined || each.segment === segment)) {
    if (isOn) await setPlugged(places, host.name, port, to === "plugged");
    const mark = cutMark(places, host, port);
    await (to === "plugged" ? rm(mark, { force: true }) : writeFile(mark, ""));
  }
}

/** The host's ports whose cable is cut. */
export async function cutPorts(places: LabPlaces, host: HostPlan): Promise<Port[]> {
  const isCut = (port: Port) =>
    access(cutMark(places, host, port)).then(
      () => true,
      () => false,
    );
  const cuts = await Promise.all(host.ports.map(isCut));
  return host.ports.filter((_, index) => cuts[index]);
}

/** A file whose presence says: this cable is cut. */
function cutMark(places: LabPlaces, host: HostPlan, port: Port): string {
  return join(places.hostDir(host.name), `cut-${port.device}`);
}
