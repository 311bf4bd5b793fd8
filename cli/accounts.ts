import { readFileSync } from "node:fs";
import { DAEMONS, GROUP, userName } from "../config/paths.ts";
import { run } from "./daemons.ts";
import { done, type Outcome } from "./outcome.ts";

/** Number of a group of this host. @throws Error when the host has no such group */
export function gidOfGroup(group: string): number {
  const gid = entryOf("/etc/group", group)?.[2];
  if (gid === undefined) throw new Error(`group ${group} is not there: run lbctl install`);
  return Number(gid);
}

/** The users that the daemons run as, and the group that may ask them. Makes what is missing. */
export function addAccounts(): Outcome {
  if (entryOf("/etc/group", GROUP) === undefined) {
    const outcome = run("groupadd", "--system", GROUP);
    if (!outcome.ok) return outcome;
  }
  for (const user of DAEMONS.map(userName)) {
    if (entryOf("/etc/passwd", user) !== undefined) continue;
    const home = ["--home-dir", "/nonexistent", "--no-create-home", "--shell", "/usr/sbin/nologin"];
    const outcome = run("useradd", "--system", "--user-group", "--groups", GROUP, ...home, user);
    if (!outcome.ok) return outcome;
  }
  return done;
}

/** Removes users and groups, as far as they are there. */
export function removeAccounts(): Outcome {
  for (const user of DAEMONS.map(userName)) {
    if (entryOf("/etc/passwd", user) === undefined) continue;
    const outcome = run("userdel", user);
    if (!outcome.ok) return outcome;
  }
  for (const group of [...DAEMONS.map(userName), GROUP]) {
    if (entryOf("/etc/group", group) === undefined) continue;
    const outcome = run("groupdel", group);
    if (!outcome.ok) return outcome;
  }
  return done;
}

/** Fields of an account's line. Only local accounts count: ours are never made anywhere else. */
function entryOf(file: "/etc/passwd" | "/etc/group", account: string): string[] | undefined {
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find(([name]) => name === account);
}
