import { chmodSync } from "node:fs";
import { join } from "node:path";
import type { AppInput } from "../../../config/app.ts";
import {
  type ProxyStatus,
  proxyStatusSchema,
  reloadResultSchema,
  type StatusQuestion,
} from "../../../config/status.ts";
import { askStatus } from "../../../daemon/status-socket.ts";
import { ConfigDirectory, lines } from "./config-directory.ts";
import { DaemonProcess, freePort, MAIN, type Runtime } from "./daemon-process.ts";
import { RawClient } from "./raw-client.ts";
import { RawOrigin } from "./raw-origin.ts";

export type BackendStatus = ProxyStatus["apps"][string]["backends"][string];

/** A daemon that serves app1 on backends b0, b1, …, each of which answers with its name. */
export class ServedApp {
  readonly port: number;
  readonly origins: readonly RawOrigin[];
  readonly daemon: DaemonProcess;
  readonly directory: ConfigDirectory;
  #successor: number | undefined;

  private constructor(port: number, origins: readonly RawOrigin[], daemon: DaemonProcess, directory: ConfigDirectory) {
    this.port = port;
    this.origins = origins;
    this.daemon = daemon;
    this.directory = directory;
  }

  static async start(
    runtime: Runtime,
    setup: {
      readonly workers: number;
      readonly backends: number;
      readonly sections?: readonly object[];
      readonly proxy?: readonly object[];
      /** What the document says of a backend beside its address. */
      readonly more?: Readonly<Record<string, object>>;
    },
  ): Promise<ServedApp> {
    const names = Array.from({ length: setup.backends }, (_, index) => `b${index}`);
    const origins = await Promise.all(names.map((name) => RawOrigin.start(() => named(name))));
    const port = await freePort();
    const directory = new ConfigDirectory({
      "proxy.jsonl": lines(
        { proxy: "lb1", workers: setup.workers },
        { timeouts: { drainMs: 1_000 } },
        ...(setup.proxy ?? []),
        { listener: "http", kind: "http", address: "127.0.0.1", port },
      ),
      "apps.d/app1.jsonl": document(origins, names, setup.sections, setup.more),
      successor: `#!/bin/sh\nexec '${runtime.path}' '${MAIN}' "$@"\n`,
    });
    const successor = join(directory.path, "successor");
    chmodSync(successor, 0o755);
    const words = ["--config-dir", directory.path, "--run-dir", directory.runPath, "--successor", successor];
    const daemon = new DaemonProcess(runtime, words);
    await daemon.line(/"event":"started"/);
    return new ServedApp(port, origins, daemon, directory);
  }

  ask(request: StatusQuestion): Promise<unknown> {
    return askStatus(join(this.directory.runPath, "status.sock"), request, 60_000);
  }

  async status(): Promise<ProxyStatus> {
    return proxyStatusSchema.parse(await this.ask({ request: "status" }));
  }

  async backend(name: string): Promise<BackendStatus | undefined> {
    return (await this.status()).apps["app1"]?.backends[name];
  }

  /** Puts the app in force with these of its backends, which have to be accepted. */
  async reload(names: readonly string[], ...sections: readonly object[]): Promise<void> {
    this.directory.write("apps.d/app1.jsonl", document(this.origins, names, sections));
    const { isOk, problems } = reloadResultSchema.parse(await this.ask({ request: "reload" }));
    if (!isOk) throw new Error(problems.join());
  }

  /** Which backends answer on many connections, so that every worker is asked. */
  async answers(cookie: string): Promise<Set<string>> {
    const clients = await Promise.all(Array.from({ length: 16 }, () => RawClient.open(this.port)));
    const seen = new Set<string>();
    for (const client of clients) {
      for (let count = 0; count < 2; count++) {
        client.send(requestText(cookie));
        const { body, head } = await client.response();
        seen.add(body);
        // A daemon that is being replaced answers once more.
        if (/^connection: close/im.test(head)) break;
      }
      client.destroy();
    }
    return seen;
  }

  /** Until every worker has heard: the message to a worker may be a moment behind the answer to the operator. */
  async settled(cookie: string, ...backends: readonly string[]): Promise<void> {
    for (;;) {
      const seen = await this.answers(cookie);
      if (seen.size === backends.length && backends.every((name) => seen.has(name))) return;
    }
  }

  /** Lets another release take over. */
  async replace(): Promise<void> {
    const { isOk, problems } = reloadResultSchema.parse(await this.ask({ request: "replace" }));
    if (!isOk) throw new Error(problems.join());
    this.#successor = (await this.status()).pid;
  }

  async stop(): Promise<void> {
    if (this.#successor === undefined) this.daemon.signal("SIGTERM");
    else process.kill(this.#successor, "SIGTERM");
    await this.daemon.ended();
    while (isRunning(this.#successor)) await new Promise((resolve) => setTimeout(resolve, 20));
    this.#successor = undefined;
    await this.end();
  }

  /** Whatever has happened before. */
  async end(): Promise<void> {
    this.daemon.signal("SIGKILL");
    if (isRunning(this.#successor)) process.kill(this.#successor ?? 0, "SIGKILL");
    this.directory.remove();
    for (const origin of this.origins) await origin.close();
  }
}

/** A request to app1 that may be bound to a backend; nothing: it is bound to none. */
export function requestText(cookie = "", path = "/app1/"): string {
  const field = cookie === "" ? "" : `Cookie: SRVID_app1=${cookie}\r\n`;
  return `GET ${path} HTTP/1.1\r\nHost: a\r\n${field}\r\n`;
}

export function named(name: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`;
}

/** Text of the app's document; `sections` stand over the ones that every test has. */
function document(
  origins: readonly RawOrigin[],
  names: readonly string[],
  sections: readonly object[] = [],
  more: Readonly<Record<string, object>> = {},
): string {
  const base: Partial<AppInput> = { check: { kind: "none" } };
  const given = Object.assign({}, base, ...sections) as Record<string, object>;
  return lines(
    { app: "app1", path: "/app1/" },
    ...Object.entries(given).map(([name, section]) => ({ [name]: section })),
    ...names.map((backend) => ({ backend, address: origins[Number(backend.slice(1))]?.address, ...more[backend] })),
  );
}

export function isRunning(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}
