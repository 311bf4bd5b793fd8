import { readFileSync } from "node:fs";
import { join } from "node:path";
import { reloadResultSchema } from "../../../config/status.ts";
import { askStatus } from "../../../daemon/status-socket.ts";
import { randomOf } from "../fuzz/random.ts";
import { ConfigDirectory } from "../lib/config-directory.ts";
import { DaemonProcess, freePort, type Runtime } from "../lib/daemon-process.ts";
import { firstFiles, type Ground, nextChange } from "./changes.ts";
import { EchoOrigin } from "./echo-origin.ts";
import { type Crowd, Traffic } from "./traffic.ts";

const ORIGINS = 3;
const WORKERS = 2;
const RELOAD_LIMIT_MS = 30_000;
const pemOf = (name: string) => readFileSync(new URL(`../data/${name}.pem`, import.meta.url), "utf8");

/** A daemon with traffic on it, whose configuration can be changed. */
export class Storm {
  readonly traffic: Traffic;
  readonly daemon: DaemonProcess;
  readonly #ground: Ground;
  readonly #directory: ConfigDirectory;
  readonly #origins: readonly EchoOrigin[];

  private constructor(
    traffic: Traffic,
    daemon: DaemonProcess,
    ground: Ground,
    directory: ConfigDirectory,
    origins: readonly EchoOrigin[],
  ) {
    this.traffic = traffic;
    this.daemon = daemon;
    this.#ground = ground;
    this.#directory = directory;
    this.#origins = origins;
  }

  static async start(runtime: Runtime, crowd: Crowd): Promise<Storm> {
    const origins = await Promise.all(Array.from({ length: ORIGINS }, () => EchoOrigin.start()));
    const [port, tlsPort, sparePort] = [await freePort(), await freePort(), await freePort()];
    const addresses = origins.map(({ address }) => address);
    const ground = { addresses, port, tlsPort, sparePort, pems: [pemOf("a"), pemOf("b")], workers: WORKERS };
    const directory = new ConfigDirectory(firstFiles(ground));
    const daemon = new DaemonProcess(runtime, ["--config-dir", directory.path, "--run-dir", directory.runPath]);
    await daemon.line(/"event":"started"/);
    return new Storm(await Traffic.start({ port, tlsPort }, crowd), daemon, ground, directory, origins);
  }

  /**
   * Changes something and has it taken over.
   *
   * @throws with the daemon's problems when it is refused
   */
  async change(seed: number, turn: number): Promise<void> {
    const { file, text } = nextChange(this.#ground, randomOf(seed, turn));
    this.#directory.write(file, text);
    const socket = join(this.#directory.runPath, "status.sock");
    const result = reloadResultSchema.parse(await askStatus(socket, { request: "reload" }, RELOAD_LIMIT_MS));
    if (!result.isOk) throw new Error(`change ${turn} of seed ${seed}: ${result.problems.join(", ")}`);
  }

  async stop(): Promise<void> {
    await this.traffic.stop();
    this.daemon.signal("SIGTERM");
    await this.daemon.ended();
    await Promise.all(this.#origins.map((origin) => origin.close()));
    this.#directory.remove();
  }
}
