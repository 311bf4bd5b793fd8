import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { unpackDebian } from "./debian.mjs";
import { frrDir } from "./places.mjs";

/** With what its daemons are linked and not every Debian has. */
const DEBIAN = ["frr", "libyang2", "libjson-c5", "libc-ares2"];

/**
 * FRR's daemons, a VRRP router for tests. Not installed: its package would start a router on this machine.
 *
 * @type {import("./steps.mjs").Step}
 */
export const frrStep = {
  name: "FRR, a router for tests",
  find: async () => (existsSync(join(frrDir, "usr/lib/frr/vrrpd")) ? "FRR" : undefined),
  make: async () => {
    const building = `${frrDir}.building`;
    // What a killed run left.
    await rm(building, { recursive: true, force: true });
    await mkdir(building, { recursive: true });
    await unpackDebian(DEBIAN, building);
    await rename(building, frrDir);
    return "unpacked from Debian's packages, not installed";
  },
};
