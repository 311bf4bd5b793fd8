import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { ExchangeRig, type Responder, type Sender } from "../lib/exchange-rig.ts";
import { type Exchange, exchanges } from "../lib/exchange-table.ts";
import { app1, TestProxy } from "../lib/test-proxy.ts";

// Every exchange of the table, read by the proxy octet by octet, split at every position, and left by its client at
// every position: the outcome is the same, or what was whole of it.

let proxy: TestProxy;
let rig: ExchangeRig;
before(async () => {
  rig = await ExchangeRig.start(async (address) => {
    proxy = await TestProxy.start({ apps: [app1([address], { persistence: { kind: "none" } })] });
    return () => Promise.resolve(proxy.openPair());
  });
});
after(async () => {
  await proxy.stop();
  await rig.origin.close();
});

/** Positions are looked at here, where a request has something to say, and around the limits of a head. */
const LONG = 1_000;
const LIMITS = [8_192, 16_384, 65_536];

const table = exchanges();
const ofClients = table.filter(({ response }) => response === undefined);
/** Whether its backend says more than it should behind a whole response. */
function saysMore({ response, ending, statuses, upstream }: Exchange): boolean {
  return upstream === "left" && ending === "keep" && response?.isEnded === false && statuses.at(-1) !== 502;
}

const ofBackends = table.filter((exchange) => exchange.response !== undefined && !saysMore(exchange));
const ofTalkative = table.filter((exchange) => exchange.response !== undefined && saysMore(exchange));

const turn = () => new Promise((resolve) => setImmediate(resolve));

const octetByOctet: Sender = async (client, text) => {
  for (const octet of text) {
    client.send(octet);
    await turn();
  }
};

const splitAt = (position: number): Sender => {
  return async (client, text) => {
    client.send(text.slice(0, position));
    await turn();
    client.send(text.slice(position));
  };
};

const answerSplitAt = (position: number): Responder => {
  return async (socket, { text, isEnded }) => {
    socket.write(text.slice(0, position), "latin1");
    await turn();
    socket.write(text.slice(position), "latin1");
    if (isEnded) socket.end();
  };
};

const answerOctetByOctet: Responder = async (socket, { text, isEnded }) => {
  for (const octet of text) {
    socket.write(octet, "latin1");
    await turn();
  }
  if (isEnded) socket.end();
};

/** In pieces, to a proxy that is to hang up on hearing more than an answer: what comes behind may come to an idle connection. */
const answerUntilLeft = (pieces: (text: string) => readonly string[]): Responder => {
  return async (socket, { text }) => {
    for (const piece of pieces(text)) {
      if (socket.destroyed) return;
      socket.write(piece, "latin1");
      await turn();
    }
    if (!socket.destroyed) await once(socket, "close");
  };
};

function positionsIn(text: string): number[] {
  const all = Array.from({ length: text.length - 1 }, (_, index) => index + 1);
  if (text.length <= LONG) return all;
  const isNear = (position: number) => LIMITS.some((limit) => Math.abs(position - limit) < 3);
  return all.filter((position) => position < 100 || position > text.length - 20 || isNear(position));
}

/** Positions from where the text is another than that of the row before: up to there, the same pieces came already. */
function newPositionsIn(text: string, before = ""): number[] {
  let same = 0;
  while (same < text.length && text[same] === before[same]) same++;
  return positionsIn(text).filter((position) => position >= same);
}

for (const [row, exchange] of ofClients.entries()) {
  test(`octet by octet: ${exchange.name}`, async () => {
    await rig.hold(exchange, [exchange.request.length > LONG ? splitAt(1) : octetByOctet], "messages");
  });

  test(`split anywhere: ${exchange.name}`, async () => {
    await rig.hold(exchange, newPositionsIn(exchange.request, ofClients[row - 1]?.request).map(splitAt), "messages");
  });

  test(`left anywhere: ${exchange.name}`, async () => {
    await rig.cutShort(exchange, newPositionsIn(exchange.request, ofClients[row - 1]?.request));
  });
}

for (const [row, exchange] of ofBackends.entries()) {
  const text = exchange.response?.text ?? "";
  const positions = newPositionsIn(text, ofBackends[row - 1]?.response?.text);

  test(`answered octet by octet: ${exchange.name}`, async () => {
    await rig.holdAnswered(exchange, [text.length > LONG ? answerSplitAt(1) : answerOctetByOctet]);
  });

  test(`answered in two pieces: ${exchange.name}`, async () => {
    await rig.holdAnswered(exchange, positions.map(answerSplitAt));
  });

  test(`answered in part: ${exchange.name}`, async () => {
    await rig.answerShort(exchange, positions);
  });
}

for (const exchange of ofTalkative) {
  const text = exchange.response?.text ?? "";

  test(`answered with more, octet by octet: ${exchange.name}`, async () => {
    await rig.holdAnswered(exchange, [answerUntilLeft((octets) => [...octets])]);
  });

  test(`answered with more, in two pieces: ${exchange.name}`, async () => {
    const split = (position: number) =>
      answerUntilLeft((octets) => [octets.slice(0, position), octets.slice(position)]);
    await rig.holdAnswered(exchange, positionsIn(text).map(split));
  });
}

test("there are exchanges to cut", () => {
  assert.ok(ofClients.length > 300);
  assert.ok(ofBackends.length > 50);
  assert.ok(ofTalkative.length > 5);
});
