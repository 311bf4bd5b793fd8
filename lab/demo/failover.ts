import { isGood, longestGap, startWatch } from "../client/watch.ts";
import { findActive, HOSTNAME } from "./article.ts";
import { type Chapter, expect } from "./chapters.ts";

const INTERVAL_MS = 20;
/** Enough requests before and after to see that the gap is the only one. */
const STEADY_REQUESTS = 50;
const TAKEOVER_WAIT_MS = 20_000;

export const failedOver: Chapter = {
  title: "the active balancer loses its power",
  tell: async ({ lab, options, browser }) => {
    const before = await findActive(lab);
    const watch = startWatch(lab, options, "/app3/", INTERVAL_MS);
    let samples = [];
    try {
      await watch.until(
        "a first answer",
        () => watch.samples.filter(isGood).length >= STEADY_REQUESTS,
        TAKEOVER_WAIT_MS,
      );
      await lab.kill(before);
      const killedAt = watch.samples.length;
      await watch.until(
        "an answer after the failover",
        (sample) => isGood(sample) && watch.samples.length > killedAt + STEADY_REQUESTS,
        TAKEOVER_WAIT_MS,
      );
    } finally {
      samples = await watch.stop();
    }
    const after = await findActive(lab);
    expect(after !== before, `the virtual address leaves ${before}`, after);
    const { gapMs, failed } = longestGap(samples);
    const reply = await browser.get(`https://${HOSTNAME}/app1/`);
    expect(reply.status === 200, "the service goes on", reply.status);
    return [
      `${before} was killed while a client asked every ${INTERVAL_MS} ms on a new TLS connection`,
      `${after} took the virtual address over; longest time without an answer: ${Math.round(gapMs)} ms (${failed} of ${samples.length} requests failed)`,
      ...(await bringBack(lab, before)),
    ];
  },
};

async function bringBack(lab: Parameters<typeof findActive>[0], host: string): Promise<string[]> {
  await lab.boot(host);
  await lab.sh(host, "systemctl is-active --wait lbpair-proxy lbpair-vrrp");
  const active = await findActive(lab);
  expect(active !== host, `${host} comes back as Backup, nobody preempts`, active);
  return [`${host} was switched on again: its daemons run, ${active} stays Active`];
}
