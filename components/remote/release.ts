import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { RELEASES_DIR } from "../../config/paths.ts";
import type { ConnectionArgs } from "../args/connection.ts";
import { connectionInput, hostOf, userOf } from "./connection.ts";
import { hostCommand } from "./host-command.ts";
import { LBCTL } from "./lbctl.ts";
import { BECOME_ROOT } from "./shell.ts";

/** The release archive of this package: runtime and daemons. */
export type ReleaseArchive = { readonly path: string; readonly sha256: string; readonly version: string };

/**
 * The archive that belongs to this version of the package, or one of the user's own (configuration
 * `lbpair:releaseDirectory`, as cli/build-release.ts makes it).
 *
 * @throws RunError when the package was not built
 */
export function releaseArchive(architecture: "x64" | "arm64"): ReleaseArchive {
  const own = new pulumi.Config("lbpair").get("releaseDirectory");
  const path = join(own ?? join(packageRoot(), "dist", "release"), `lbpair-linux-${architecture}.tar.gz`);
  const about = `${path}.json`;
  try {
    const { sha256, version } = JSON.parse(readFileSync(about, "utf8")) as Record<string, unknown>;
    if (typeof sha256 === "string" && typeof version === "string") return { path, sha256, version };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  throw new pulumi.RunError(`pulumi-lbpair: ${about} is not there: build the package first (npm run build)`);
}

/** Copies the archive to a host: once per version. */
export function copiedRelease(
  name: string,
  archive: ReleaseArchive,
  connection: pulumi.Input<ConnectionArgs>,
  options: pulumi.CustomResourceOptions,
): command.remote.CopyToRemote {
  return new command.remote.CopyToRemote(
    name,
    {
      connection: connectionInput(connection),
      source: new pulumi.asset.FileAsset(archive.path),
      remotePath: ARCHIVE_ON_HOST,
      // The archive lands in the user's home directory.
      triggers: [hostOf(connection), userOf(connection)],
    },
    options,
  );
}

/** The copied release installed on a host; without it the host is as it was before. */
export function installedRelease(
  name: string,
  archive: ReleaseArchive,
  connection: pulumi.Input<ConnectionArgs>,
  options: pulumi.CustomResourceOptions,
): command.remote.Command {
  const stdin = `${archive.sha256} ${archive.version}\n`;
  return hostCommand(name, { connection, apply: INSTALL, remove: UNINSTALL, stdin }, options);
}

/** Relative to the home directory of the connection's user: nobody else can write there. */
const ARCHIVE_ON_HOST = ".lbpair/release.tar.gz";

// The installer comes with the archive, and checks its digest before it does anything else. What is unpacked already
// needs no archive.
const INSTALL = `read -r digest version
${BECOME_ROOT}
release=$(printf %.16s "$digest")
[ ! -e ${RELEASES_DIR}/$release/manifest.json ] || exec "$@" ${RELEASES_DIR}/$release/bin/lbctl install "$release"
script=$(tar -xzOf ${ARCHIVE_ON_HOST} --occurrence=1 install) || exit
exec "$@" sh -c "$script" "lbpair $version" "$HOME/${ARCHIVE_ON_HOST}" "$digest"
`;

const UNINSTALL = `${BECOME_ROOT}
[ ! -x ${LBCTL} ] || "$@" ${LBCTL} uninstall || exit
rm -f ${ARCHIVE_ON_HOST}
rmdir .lbpair 2>/dev/null || :
`;

function packageRoot(): string {
  // components/remote in the sources, dist/components/remote in the package.
  const above = dirname(dirname(import.meta.dirname));
  return above.endsWith("/dist") ? dirname(above) : above;
}
