import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { Outbox } from "../../../proxy/shell/outbox.ts";

/** More than the kernel takes for a reader that does not read. */
const ROUNDS = 400;
const BYTES = Buffer.alloc(65_536, "b");

/** Both ends of a connection. */
async function openPair(): Promise<{ readonly ours: Socket; readonly theirs: Socket; readonly close: () => void }> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection");
  const theirs = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [ours] = (await accepted) as [Socket];
  const close = () => {
    ours.destroy();
    theirs.destroy();
    server.close();
  };
  return { ours, theirs, close };
}

function readToEnd(socket: Socket): Promise<string> {
  const pieces: Buffer[] = [];
  socket.on("data", (bytes: Buffer) => pieces.push(bytes));
  return new Promise((resolve) => socket.on("end", () => resolve(Buffer.concat(pieces).toString("latin1"))));
}

test("octets that the system does not take at once leave before those that came later", async () => {
  const { ours, theirs, close } = await openPair();
  const outbox = new Outbox(ours);
  let wanted = "";
  let isFull = false;
  for (let round = 0; round < ROUNDS; round++) {
    const text = `${round} \u00e9\n`;
    outbox.add(text);
    outbox.flush();
    outbox.add(text);
    outbox.add({ bytes: BYTES, start: 0, end: BYTES.length });
    if (!outbox.flush()) isFull = true;
    wanted += `${text}${text}${BYTES.toString("latin1")}`;
  }
  assert.ok(isFull);
  const read = readToEnd(theirs);
  await once(ours, "drain");
  assert.equal(outbox.flush(), true);
  outbox.add("last");
  outbox.flush();
  ours.end();
  assert.ok((await read) === `${wanted}last`);
  assert.equal(outbox.written, wanted.length + 4);
  close();
});

test("what is written to a connection that has ended goes nowhere", async () => {
  const { ours, theirs, close } = await openPair();
  const outbox = new Outbox(ours);
  const read = readToEnd(theirs);
  ours.end("bye");
  outbox.add("too late");
  assert.equal(outbox.flush(), true);
  assert.equal(await read, "bye");
  close();
});
