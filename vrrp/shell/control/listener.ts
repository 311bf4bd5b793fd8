import { createServer, type Server, type Socket } from "node:net";
import { eachLine } from "../../../daemon/lines.ts";
import { makeNonce, openSeal, type Seal } from "./seal.ts";
import {
  callerGreeting,
  callerWord,
  type ListenerWord,
  type PeerAnswer,
  type PeerRequest,
  parseWord,
  type StateWord,
} from "./words.ts";

/** The end of the channel that says how this host is, and is asked things. */
export type Listener = {
  /** Says how this host is to everyone who listens. */
  readonly tell: (word: StateWord) => void;
  /** Says good-bye and closes. */
  readonly close: () => void;
};

export type ListenerOptions = {
  readonly port: number;
  /** Nobody else is talked to. */
  readonly peers: readonly string[];
  readonly key: Uint8Array;
  readonly answer: (request: PeerRequest) => Promise<PeerAnswer>;
  /** Once it has been proved who calls. */
  readonly onCaller: () => void;
  readonly onTrouble: (because: string) => void;
};

const LINE_LENGTH_MAX = 262_144;
const CALLERS_MAX = 16;
const GREETING_MS_MAX = 2_000;
/** The port of a daemon that was just replaced may be taken for a moment. */
const LISTEN_RETRY_MS = 1_000;

type Caller = { readonly socket: Socket; readonly seal: Seal };

export function openListener(options: ListenerOptions): Listener {
  const sockets = new Set<Socket>();
  const callers = new Set<Caller>();
  const allowed = new Set(options.peers);
  let isClosed = false;
  let retry: NodeJS.Timeout | undefined;
  const server: Server = createServer({ noDelay: true }, (socket) => {
    const address = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    if (!allowed.has(address) || sockets.size >= CALLERS_MAX) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on("error", () => socket.destroy()); // the caller knows what it did
    socket.on("close", () => {
      sockets.delete(socket);
      for (const caller of callers) if (caller.socket === socket) callers.delete(caller);
    });
    converse(socket, options, callers);
  });
  const listen = () => void server.listen({ port: options.port });
  server.on("error", (error) => {
    options.onTrouble(`port ${options.port}: ${error.message}`);
    if (!isClosed) retry = setTimeout(listen, LISTEN_RETRY_MS);
  });
  listen();
  return {
    tell: (word) => {
      for (const caller of callers) say(caller, word);
    },
    close: () => {
      isClosed = true;
      clearTimeout(retry);
      for (const caller of callers) say(caller, { kind: "bye" });
      for (const socket of sockets) socket.end();
      server.close();
    },
  };
}

function say({ socket, seal }: Caller, word: ListenerWord): void {
  if (socket.writable) socket.write(`${seal.close(JSON.stringify(word))}\n`);
}

/** Greets, and hears only who has the key. */
function converse(socket: Socket, { key, answer, onCaller }: ListenerOptions, callers: Set<Caller>): void {
  const nonce = makeNonce();
  socket.write(`${JSON.stringify({ lbpair: "control", version: 1, nonce })}\n`);
  const greeting = setTimeout(() => socket.destroy(), GREETING_MS_MAX);
  socket.on("close", () => clearTimeout(greeting));
  let opened: Seal | undefined;
  let caller: Caller | undefined;
  eachLine(socket, LINE_LENGTH_MAX, (line) => {
    if (opened === undefined) {
      const greeted = parseWord(callerGreeting, line);
      if (greeted === undefined) return void socket.destroy();
      opened = openSeal(key, "to-listener", nonce, greeted.nonce);
      caller = { socket, seal: openSeal(key, "to-caller", nonce, greeted.nonce) };
      return;
    }
    const word = parseWord(callerWord, opened.open(line));
    if (word === undefined || caller === undefined) return void socket.destroy();
    const known = caller;
    if (word.kind === "hello") {
      clearTimeout(greeting);
      callers.add(known);
      onCaller();
      return;
    }
    if (!callers.has(known)) return void socket.destroy();
    const { number, request } = word;
    void answer(request).then((given) => say(known, { kind: "answer", number, answer: given }));
  });
}
