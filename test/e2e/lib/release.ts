import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bunPath } from "../../../bootstrap/places.mjs";
import { archiveOf } from "../../../cli/packing/archive.ts";
import { releaseContent } from "../../../cli/packing/content.ts";

const REPO = join(import.meta.dirname, "../../..");

/**
 * Writes a release that is another than the package's own, as `lbpair:releaseDirectory` wants it.
 *
 * @param notice  what makes it another
 * @param runtime  program that the daemons run on
 */
export async function writeRelease(directory: string, notice: string, runtime: string = bunPath): Promise<void> {
  const files = await releaseContent(REPO, { kind: "bun", path: runtime }, "x64");
  const changed = files.map((file) =>
    file.path === "LICENSE" ? { ...file, bytes: Buffer.concat([file.bytes, Buffer.from(`${notice}\n`)]) } : file,
  );
  const archive = await archiveOf(changed);
  const sha256 = createHash("sha256").update(archive).digest("hex");
  const path = join(directory, "lbpair-linux-x64.tar.gz");
  writeFileSync(path, archive);
  writeFileSync(`${path}.json`, JSON.stringify({ version: notice, sha256 }));
}
