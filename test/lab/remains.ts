import { readdir, readFile } from "node:fs/promises";
import { systemdHierarchies } from "../../lab/host/cgroups.ts";

/** Everything on this machine that bears a lab's name: what `down` must leave empty. */
export async function remainsOf(lab: string): Promise<string[]> {
  return [
    ...(await namespaces(lab)).map((name) => `namespace ${name}`),
    ...(await mounts(lab)).map((point) => `mount ${point}`),
    ...(await groups(lab)).map((path) => `control group ${path}`),
    ...(await processes(lab)).map((process) => `process ${process}`),
    ...(await folders(lab)).map((path) => `folder ${path}`),
  ];
}

async function namespaces(lab: string): Promise<string[]> {
  const names = await readdir("/run/netns").catch(() => []);
  return names.filter((name) => name === lab || name.startsWith(`${lab}-`));
}

async function mounts(lab: string): Promise<string[]> {
  const points = (await readFile("/proc/self/mountinfo", "utf8")).split("\n").map((line) => line.split(" ")[4] ?? "");
  return points.filter((point) => point.includes(`/${lab}/`) || point.endsWith(`/${lab}`));
}

async function groups(lab: string): Promise<string[]> {
  const paths = (await systemdHierarchies()).map((hierarchy) => `${hierarchy}/lbpair-lab/${lab}`);
  const found = await Promise.all(paths.map((path) => readdir(path).catch(() => undefined)));
  return paths.filter((_, index) => found[index] !== undefined);
}

/** By what stands in their command lines. A process that waits for its parent to look (a zombie) has none. */
async function processes(lab: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(
    pids.map(async (pid) => {
      const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      const group = await readFile(`/proc/${pid}/cgroup`, "utf8").catch(() => "");
      const isOurs = words.includes(`--machine=${lab}-`) || group.includes(`/lbpair-lab/${lab}/`);
      return isOurs && words !== "" ? `${pid} ${words.replaceAll("\0", " ")}` : "";
    }),
  );
  return lines.filter((line) => line !== "");
}

async function folders(lab: string): Promise<string[]> {
  const propagate = "/run/systemd/nspawn/propagate";
  const ours = (await readdir("/run/lbpair-lab").catch(() => [])).filter((name) => name === lab);
  const machines = (await readdir(propagate).catch(() => [])).filter((name) => name.startsWith(`${lab}-`));
  return [...ours.map((name) => `/run/lbpair-lab/${name}`), ...machines.map((name) => `${propagate}/${name}`)];
}
