import { readFile } from "node:fs/promises";
import { run, runOrThrow } from "./command.ts";

/** Room for every host's changes; taken only as it is used. */
const TMPFS_SIZE = "8g";

/** A tmpfs at `dir`, an empty folder: the hosts' disks are quick, and `down` forgets them in one step. */
export async function mountTmpfs(dir: string): Promise<void> {
  await runOrThrow(["mount", "-t", "tmpfs", "-o", `size=${TMPFS_SIZE},mode=700`, "lbpair-lab", dir]);
}

/** Mount points at or below `dir`, innermost first. */
export async function mountsBelow(dir: string, mountInfo = "/proc/self/mountinfo"): Promise<string[]> {
  const points = (await readFile(mountInfo, "utf8")).split("\n").map((line) => line.split(" ")[4] ?? "");
  return points.filter((point) => point === dir || point.startsWith(`${dir}/`)).reverse();
}

/** Unmounts everything at and below `dir`. */
export async function unmountTree(dir: string): Promise<void> {
  for (const point of await mountsBelow(dir)) {
    const { status } = await run(["umount", point]);
    // Somebody outside the lab looks into it (a shell, say): out of the tree now, gone when they leave.
    if (status !== 0) await runOrThrow(["umount", "--lazy", point]);
  }
}
