import { spawn } from "node:child_process";

/**
 * Standard output of a program that ends by itself.
 *
 * @throws with what it said, when its status is not 0
 */
export function run([program = "", ...words]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let complaint = "";
    child.stdout.on("data", (bytes) => {
      output += String(bytes);
    });
    child.stderr.on("data", (bytes) => {
      complaint += String(bytes);
    });
    child.on("error", reject);
    child.on("close", (status) => {
      if (status === 0) resolve(output);
      else reject(new Error(`${program}: exit ${status}: ${complaint}${output}`));
    });
  });
}
