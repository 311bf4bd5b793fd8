import assert from "node:assert/strict";
import { test } from "node:test";
import { runtimes } from "../lib/daemon-process.ts";
import { Storm } from "../storm/storm.ts";

// A slice of `npm run bench -- reload`: changes one after the other, under traffic of every kind.

/** Requests that must be answered for a while to be long. */
const MANY = 300;

const SEED = 1;
const CHANGES = 25;
const CROWD = { lasting: 4, fleeting: 2, tls: 1, tunnels: 10 };

const { found, missing } = runtimes();
for (const why of missing) test("changes under load on Bun", { skip: why }, () => undefined);

for (const runtime of found) {
  test(`${runtime.name}: no change costs a request or a tunnel`, async () => {
    const storm = await Storm.start(runtime, CROWD);
    try {
      for (let turn = 0; turn < CHANGES; turn++) {
        await storm.change(SEED, turn);
        await storm.traffic.useTunnels();
      }
    } finally {
      await storm.stop();
    }
    assert.deepEqual(storm.traffic.wrong, []);
    assert.ok(storm.traffic.answered > CHANGES, `${storm.traffic.answered} requests were answered`);
  });

  test(`${runtime.name}: a worker that is killed under load costs its own connections, once`, async () => {
    const storm = await Storm.start(runtime, { ...CROWD, tunnels: 0 });
    try {
      await storm.traffic.more(MANY);
      const { workers } = JSON.parse(await storm.daemon.line(/"event":"started"/)) as { workers: number[] };
      process.kill(workers[0] ?? 0, "SIGKILL");
      await storm.daemon.line(/"event":"worker"/);
      // Every worker takes part in a change: behind it, the next one is at work.
      await storm.change(SEED, 0);
      await storm.traffic.more(MANY);
      const lost = storm.traffic.wrongCount;
      await storm.traffic.more(MANY);
      assert.equal(storm.traffic.wrongCount, lost);
      assert.ok(lost <= CROWD.lasting + CROWD.fleeting + CROWD.tls, `${lost} connections were lost`);
      for (const what of storm.traffic.wrong)
        assert.match(what, /^connection closed after ""$|ECONNRESET|socket hang up|disconnected/);
    } finally {
      await storm.stop();
    }
  });
}
