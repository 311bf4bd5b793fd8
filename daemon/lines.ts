import type { Socket } from "node:net";

/**
 * Calls back for every complete line that a socket brings, without its end.
 *
 * A line longer than `lengthMax` characters destroys the socket.
 */
export function eachLine(socket: Socket, lengthMax: number, onLine: (line: string) => void): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
    if (rest.length > lengthMax) socket.destroy();
  });
}
