import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { errorName } from "../../daemon/ffi/errno.ts";
import { type Libc, openLibc } from "../../daemon/ffi/libc.ts";
import { Engine } from "./engine.ts";
import type { Command, Report } from "./engine-messages.ts";
import { REALTIME_PRIORITY, SCHED_RESET_ON_FORK, SCHED_RR } from "./linux.ts";

/** What the engine's thread is started with. */
export type EngineThreadData = {
  readonly role: "engine";
  readonly port: MessagePort;
  /** Eventfd that announces commands: a thread that sleeps in the kernel sees no message. */
  readonly bell: number;
};

const CALLING_THREAD = 0;

/** Body of the engine's thread; returns when the engine has been stopped. */
export async function runEngineThread({ port, bell }: EngineThreadData): Promise<void> {
  const libc = await openLibc();
  const report = (report: Report) => port.postMessage(report);
  const takeCommand = () => receiveMessageOnPort(port)?.message as Command | undefined;
  ownDescriptors(libc, report);
  const engine = new Engine({ libc, bell, takeCommand, report, nowMs: () => performance.now() });
  becomeRealtime(libc, report);
  report({ kind: "ready" });
  engine.run();
  port.close();
}

/** What the engine opens from here on is its alone, and closes as soon as this thread is dead (daemon/lifelines.ts). */
function ownDescriptors(libc: Libc, report: (report: Report) => void): void {
  const result = libc.ownDescriptors();
  if (result >= 0) return;
  const because = `descriptors: shared with other threads: ${errorName(result)}`;
  report({ kind: "log", level: "warn", fields: { event: "engine", because } });
}

/** No loaded proxy and no garbage collection of the main thread may hold up an advertisement. */
function becomeRealtime(libc: Libc, report: (report: Report) => void): void {
  const result = libc.setScheduler(CALLING_THREAD, SCHED_RR | SCHED_RESET_ON_FORK, REALTIME_PRIORITY);
  const scheduler =
    result < 0 ? `ordinary: SCHED_RR refused with ${errorName(result)}` : `SCHED_RR ${REALTIME_PRIORITY}`;
  report({ kind: "log", level: result < 0 ? "warn" : "info", fields: { event: "engine", scheduler } });
}
