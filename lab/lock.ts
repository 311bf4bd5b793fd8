import { createServer } from "node:net";

/**
 * Holds a name while `work` runs, so that two commands never build or tear down the same lab.
 *
 * The name is an abstract socket: the kernel gives it back when its holder dies, however it dies.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const isHeld = error.code === "EADDRINUSE";
      reject(isHeld ? new Error(`${name}: another command is at work on it; try again when it is done`) : error);
    });
    server.listen(`\0${name}`, resolve);
  });
  try {
    return await work();
  } finally {
    server.close();
  }
}
