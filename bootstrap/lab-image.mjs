import { spawn } from "node:child_process";
import { join } from "node:path";
import { repoDir } from "./places.mjs";
import { Refusal } from "./refusal.mjs";
import { ownNode } from "./runtimes.mjs";

/** Makes the image of the lab's hosts unless it is there: minutes, so it belongs to the bootstrap. It reports by itself. */
export async function ensureLabImage() {
  const child = spawn("setpriv", ["--pdeathsig=KILL", ownNode(), join(repoDir, "lab", "main.ts"), "image"], {
    stdio: "inherit",
  });
  const status = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (status !== 0) throw new Refusal("the image of the lab's hosts could not be made");
}
