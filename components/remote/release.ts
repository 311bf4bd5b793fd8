import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { RELEASES_DIR } from "../../config/paths.ts";
import type { ConnectionArgs } from "../args/connection.ts";
import type { Architecture } from "../args/load-balancer-pair.ts";
import { connectionInput, hostKeyOf, hostOf, userOf } from "./connection.ts";
import { hostCommand, type Place } from "./host-command.ts";
import { LBCTL } from "./lbctl.ts";
import { BECOME_ROOT } from "./shell.ts";

/** The release archive of this package: runtime and daemons, in parts (cli/packing/archive.ts). */
export type ReleaseArchive = {
  readonly sha256: string;
  readonly version: string;
  readonly architecture: Architecture;
  /** Path of each part. */
  readonly parts: readonly string[];
};

/**
 * The archive that belongs to this version of the package, or one of the user's own (configuration
 * `lbpair:releaseDirectory`, as cli/build-release.ts makes it).
 *
 * @throws RunError when the package was not built
 */
export function releaseArchive(architecture: Architecture): ReleaseArchive {
  const own = new pulumi.Config("lbpair").get("releaseDirectory");
  const folder = join(own ?? join(packageRoot(), "dist", "release"), `linux-${architecture}`);
  const about = join(folder, "release.json");
  try {
    const { sha256, version, parts } = JSON.parse(readFileSync(about, "utf8")) as Record<string, unknown>;
    if (typeof sha256 === "string" && typeof version === "string" && typeof parts === "number") {
      const paths = Array.from({ length: parts }, (_, index) => join(folder, String(index + 1)));
      return { sha256, version, architecture, parts: paths };
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  throw new pulumi.RunError(`pulumi-lbpair: ${about} is not there: build the package first (npm run build)`);
}

/** Where a release is copied to: how to get there, and the same as it was given, by which another machine is told. */
export type Destination = {
  readonly connection: pulumi.Input<ConnectionArgs>;
  readonly own: pulumi.Input<ConnectionArgs>;
};

/**
 * Copies the archive to a host, each part once per content and one after the other, so that what has arrived before an
 * interruption need not be copied again.
 *
 * @returns the last part
 */
export function copiedRelease(
  prefix: string,
  archive: ReleaseArchive,
  { connection, own }: Destination,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  return archive.parts.reduce<pulumi.Resource[]>((before, path, index) => {
    const args = {
      connection: connectionInput(connection),
      source: new pulumi.asset.FileAsset(path),
      remotePath: `${PARTS_ON_HOST}/${index + 1}`,
      // They land in the user's home directory. A machine with another key is another one, whatever its address.
      triggers: [hostOf(own), userOf(own), hostKeyOf(own)],
    };
    return [new command.remote.CopyToRemote(`${prefix}-${index + 1}`, args, { ...options, dependsOn: before })];
  }, []);
}

/** The copied release installed on a host; without it the host is as it was before. */
export function installedRelease(
  name: string,
  archive: ReleaseArchive,
  place: Place,
  options: pulumi.CustomResourceOptions,
): command.remote.Command {
  const { sha256, version, architecture, parts } = archive;
  const stdin = `${sha256} ${version} ${architecture} ${parts.length}\n`;
  return hostCommand(name, { ...place, apply: INSTALL, remove: UNINSTALL, stdin }, options);
}

/** Relative to the home directory of the connection's user: nobody else can write there. */
const PARTS_ON_HOST = ".lbpair/release";

// The installer comes with the archive, and checks its digest before it does anything else. What is unpacked already
// needs no archive.
const INSTALL = `read -r digest version architecture parts
${BECOME_ROOT}
release=$(printf %.16s "$digest")
[ ! -e ${RELEASES_DIR}/$release/manifest.json ] || exec "$@" ${RELEASES_DIR}/$release/bin/lbctl install "$release"
script=$(tar -xzOf ${PARTS_ON_HOST}/1 --occurrence=1 install) || exit
exec "$@" sh -c "$script" "lbpair $version" "$HOME/${PARTS_ON_HOST}" "$digest" "$architecture" "$parts"
`;

const UNINSTALL = `${BECOME_ROOT}
[ ! -x ${LBCTL} ] || "$@" ${LBCTL} uninstall || exit
rm -rf ${PARTS_ON_HOST}
rmdir .lbpair 2>/dev/null || :
`;

function packageRoot(): string {
  // components/remote in the sources, dist/components/remote in the package.
  const above = dirname(dirname(import.meta.dirname));
  return above.endsWith("/dist") ? dirname(above) : above;
}
