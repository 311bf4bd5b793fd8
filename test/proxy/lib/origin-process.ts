import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { nodeForDaemonsPath } from "../../../bootstrap/places.mjs";

/** Answers with the path that was asked for; `/endless` begins a body of 1000 octets with 5 and leaves it at that. */
const PROGRAM = `
const server = require("node:http").createServer((request, response) => {
  if (request.url !== "/endless") return void response.end(request.url);
  response.writeHead(200, { "content-length": "1000" });
  response.write("hello");
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(server.address().port));
`;

/** Bun takes no length for the queue of a listening socket. */
const NODE = "bun" in process.versions ? nodeForDaemonsPath : process.execPath;

/** A backend in a process of its own, that can be frozen and killed. At most two connections wait to be accepted. */
export class OriginProcess {
  readonly address: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: string) {
    this.#child = child;
    this.address = `127.0.0.1:${port}`;
  }

  static async start(): Promise<OriginProcess> {
    const child = spawn(NODE, ["-e", PROGRAM], { stdio: ["ignore", "pipe", "inherit"] });
    const { stdout } = child;
    const port = await new Promise<string>((resolve) => createInterface(stdout).once("line", resolve));
    return new OriginProcess(child, port);
  }

  /** It accepts nothing and says nothing until {@link thaw}; the system goes on in its name. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  kill(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) resolve();
      this.#child.once("exit", () => resolve());
      this.#child.kill("SIGKILL");
    });
  }
}
