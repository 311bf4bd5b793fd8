import { chmodSync, rmSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { must } from "./ffi/errno.ts";
import { openLibc } from "./ffi/libc.ts";
import { PollSet } from "./ffi/poll-set.ts";
import { AF_UNIX, encodeUnixAddress } from "./ffi/sockaddr.ts";
import type { LifelineThreadData } from "./lifeline.ts";
import { Lifelines } from "./lifelines.ts";

// The thread that holds a daemon's lifelines, and does nothing else. It is a file of its own in a release, because
// a thread that loads all of a daemon's program takes three times the memory.

const SOCK_STREAM_CLOEXEC_NONBLOCK = 1 | 0o2000000 | 0o4000;
const BACKLOG = 8;
/** Longest sleep, so that a thread that is to be ended notices. */
const SLEEP_MS_MAX = 1_000;

const { path, bell } = workerData as LifelineThreadData;
const libc = await openLibc();
must("unshare", libc.ownDescriptors());
const listener = must("socket", libc.socket(AF_UNIX, SOCK_STREAM_CLOEXEC_NONBLOCK, 0));
rmSync(path, { force: true });
must("bind", libc.bind(listener, encodeUnixAddress(path)));
chmodSync(path, 0o660);
must("listen", libc.listen(listener, BACKLOG));
const lifelines = new Lifelines(libc, [listener]);
const waited = new PollSet();
parentPort?.postMessage(libc.threadId());
while (libc.acknowledge(bell) < 0) {
  waited.clear();
  waited.add(bell);
  lifelines.addTo(waited);
  libc.poll(waited, SLEEP_MS_MAX);
  lifelines.serve();
}
lifelines.end();
rmSync(path, { force: true });
