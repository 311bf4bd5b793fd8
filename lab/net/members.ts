import { readdir, readlink, stat } from "node:fs/promises";
import { namespacePath } from "../places.ts";

/** Processes in the given network namespaces, whoever started them. */
export async function processesInNamespaces(namespaces: readonly string[]): Promise<number[]> {
  const wanted = new Set<string>();
  for (const namespace of namespaces) {
    const file = await stat(namespacePath(namespace)).catch(() => undefined);
    if (file !== undefined) wanted.add(`net:[${file.ino}]`);
  }
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const links = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/ns/net`).catch(() => "")));
  return pids.filter((_, index) => wanted.has(links[index] ?? "")).map(Number);
}
