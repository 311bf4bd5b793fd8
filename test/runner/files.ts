import { globSync } from "node:fs";
import { join } from "node:path";

export const REPO = join(import.meta.dirname, "../..");

/** Tests that boot hosts or need hosts that are up. */
const LAB_ROOMS = ["test/lab/", "test/e2e/"];
/** Tests that run a daemon in network namespaces of its own: root, seconds, and no lab. */
const NETNS_ROOM = "/netns/";

/** Every test that needs neither root nor a lab. */
export function unitFiles(): string[] {
  const isUnit = (file: string) => !file.includes(NETNS_ROOM) && !LAB_ROOMS.some((room) => file.startsWith(room));
  return list("test/**/*.test.ts").filter(isUnit);
}

export function netnsFiles(): string[] {
  return list("test/**/*.test.ts").filter((file) => file.includes(NETNS_ROOM));
}

/** The tests of one room. */
export function roomFiles(room: "lab" | "e2e"): string[] {
  return list(`test/${room}/**/*.test.ts`);
}

function list(pattern: string): string[] {
  return globSync(pattern, { cwd: REPO }).sort();
}
