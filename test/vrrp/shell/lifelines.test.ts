import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { must } from "../../../daemon/ffi/errno.ts";
import { type Libc, openLibc } from "../../../daemon/ffi/libc.ts";
import { AF_UNIX, encodeUnixAddress } from "../../../daemon/ffi/sockaddr.ts";
import { LIFELINE_GREETING, Lifelines } from "../../../daemon/lifelines.ts";
import { type Holder, LifelineWatch } from "../../../vrrp/shell/lifeline/lifeline-watch.ts";
import { peerHolder } from "../../../vrrp/shell/lifeline/peer-sockets.ts";
import { SOCK_CLOEXEC_NONBLOCK, SOCK_STREAM } from "../../../vrrp/shell/linux.ts";

const libc: Libc = await openLibc();
const streamSocket = () => must("socket", libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC_NONBLOCK, 0));

let names = 0;
/** A listening socket and who connects to it. */
function listen(t: TestContext): { listener: number; dial: Holder["dial"] } {
  names += 1;
  const address = encodeUnixAddress(`@lbpair-lifeline-${process.pid}-${names}`);
  const listener = streamSocket();
  must("bind", libc.bind(listener, address));
  must("listen", libc.listen(listener, 4));
  t.after(() => void libc.close(listener));
  const dial = () => {
    const fd = streamSocket();
    must("connect", libc.connect(fd, address));
    return fd;
  };
  return { listener, dial };
}

const CHALLENGE = { ask: new Uint8Array(16).fill(7), want: Uint8Array.of(1, 2, 3, 4) };

/** Lifelines that are held, as far as greeting and proof. */
function hold(t: TestContext, prove: () => Uint8Array): { own: Lifelines; watch: LifelineWatch } {
  const { listener, dial } = listen(t);
  const own = new Lifelines(libc, [listener], prove);
  const watch = new LifelineWatch(libc, { dial, challenge: () => CHALLENGE });
  own.serve();
  assert.equal(watch.hear(), "none");
  own.serve();
  return { own, watch };
}

/** A holder of the test's own. */
function pretend(t: TestContext): { fd: number; watch: LifelineWatch } {
  const { listener, dial } = listen(t);
  const watch = new LifelineWatch(libc, { dial });
  const fd = must("accept", libc.accept(listener));
  return { fd, watch };
}

const say = (fd: number, bytes: Uint8Array) => must("send", libc.send(fd, bytes, 0, null));

test("the end of a lifeline without a word is the death of its holder", (t) => {
  const { fd, watch } = pretend(t);
  say(fd, LIFELINE_GREETING);
  assert.equal(watch.hear(), "none");
  assert.equal(watch.hear(), "none");
  libc.close(fd);
  assert.equal(watch.hear(), "death");
  assert.equal(watch.fd, undefined);
});

test("a holder that says good-bye has not died", (t) => {
  const { own, watch } = hold(t, () => CHALLENGE.want);
  assert.equal(watch.hear(), "none");
  own.end();
  assert.equal(watch.hear(), "loss");
});

test("a greeting that comes in pieces is one", (t) => {
  const { fd, watch } = pretend(t);
  say(fd, LIFELINE_GREETING.subarray(0, 5));
  assert.equal(watch.hear(), "none");
  say(fd, LIFELINE_GREETING.subarray(5));
  assert.equal(watch.hear(), "none");
  libc.close(fd);
  assert.equal(watch.hear(), "death");
});

test("the end before the greeting is no death: it was never held", (t) => {
  const { fd, watch } = pretend(t);
  libc.close(fd);
  assert.equal(watch.hear(), "loss");
});

test("a holder that can't prove who it is is let go, and its end says nothing", (t) => {
  const { watch } = hold(t, () => Uint8Array.of(1, 2, 3, 5));
  assert.equal(watch.hear(), "loss");
  assert.equal(watch.fd, undefined);
});

test("a reset connection is no death: anyone between may have reset it", (t) => {
  const { fd, watch } = pretend(t);
  say(fd, LIFELINE_GREETING);
  assert.equal(watch.hear(), "none");
  // A Unix socket that is closed with something unread is reset.
  say(must("watcher", watch.fd ?? -1), Uint8Array.of(1));
  libc.close(fd);
  assert.equal(watch.hear(), "loss");
});

test("the holder answers a challenge, and lets go of who says anything else", (t) => {
  const { listener, dial } = listen(t);
  const own = new Lifelines(libc, [listener], (challenge) => challenge.subarray(0, 2));
  const [honest, noisy] = [dial(libc), dial(libc)];
  own.serve();
  assert.equal(own.heldCount, 2);
  say(
    honest,
    Uint8Array.from({ length: 16 }, (_, index) => index),
  );
  say(noisy, Uint8Array.of(1));
  own.serve();
  assert.equal(own.heldCount, 1);
  const answer = new Uint8Array(64);
  assert.equal(libc.receive(honest, answer, 0), LIFELINE_GREETING.length + 2);
  assert.deepEqual([...answer.subarray(LIFELINE_GREETING.length, LIFELINE_GREETING.length + 2)], [0, 1]);
  own.end();
  for (const fd of [honest, noisy]) libc.close(fd);
});

test("more than sixteen watchers are not held", (t) => {
  const { listener, dial } = listen(t);
  const own = new Lifelines(libc, [listener]);
  const watchers: number[] = [];
  for (let count = 0; count < 17; count++) {
    watchers.push(dial(libc));
    own.serve();
  }
  assert.equal(own.heldCount, 16);
  own.end();
  for (const fd of watchers) libc.close(fd);
});

test("a peer that can't even be called is a loss, and no end of the daemon", () => {
  const refusing = { ...libc, socket: () => -97 }; // EAFNOSUPPORT: a host without IPv6
  const watch = new LifelineWatch(refusing, peerHolder("2001:db8::1", 8_113, new Uint8Array(32)));
  assert.equal(watch.fd, undefined);
  assert.equal(watch.hear(), "loss");
});
