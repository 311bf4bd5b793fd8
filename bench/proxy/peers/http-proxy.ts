import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Assignment, Peer } from "../assignment.ts";

const SERVER = join(import.meta.dirname, "http-proxy-server.ts");

/** What a Node programmer would write with npm's most used proxy. */
export const httpProxy: Peer = {
  name: "http-proxy",
  failuresMax: 0,
  prepare: (assignment: Assignment) => {
    const file = join(assignment.dir, "assignment.json");
    writeFileSync(file, JSON.stringify(assignment));
    return [[process.execPath, SERVER, file]];
  },
};
