import { connect, type Socket } from "node:net";
import { type Remains, sumOfRemains } from "../core/remains.ts";

// A daemon that another has taken over from has connections for a while. Until it ends it tells the status socket at the
// path, which is its successor's, what it still has under way; and another's, when that is replaced in turn.

/** As often as workers tell their daemon. */
const TELL_MS = 500;
/** A release that says nothing by then will not: it knows no such word. */
const FIRST_WORD_MS = 5_000;

/** Tells the daemon at a status socket what remains, again and again. @returns how to end that */
export function tellRemains(statusSocket: string, read: () => Remains): () => void {
  let socket: Socket | undefined;
  const tell = () => {
    socket ??= open();
    if (socket.writableLength === 0) socket.write(`${JSON.stringify({ request: "remains", ...read() })}\n`);
  };
  const open = () => {
    const opened = connect(statusSocket);
    opened.resume(); // answers are of no use
    opened.on("error", () => opened.destroy());
    opened.on("close", () => {
      socket = undefined;
    });
    return opened;
  };
  const timer = setInterval(tell, TELL_MS);
  tell();
  return () => {
    clearInterval(timer);
    socket?.destroy();
  };
}

/** What the daemons before this one still have, as far as is known. */
export class Predecessors {
  readonly #onChange: (sum: Remains) => void;
  /** By the connection on which it is told; its end is the end of what it told. */
  readonly #told = new Map<object, Remains>();
  #expected: Remains | undefined;
  /** For the status socket. */
  readonly handlers = {
    remains: (remains: Remains, connection: object) => {
      this.#expected = undefined;
      this.#told.set(connection, remains);
      this.#tell();
      return { isOk: true };
    },
    hangUp: (connection: object) => {
      if (this.#told.delete(connection)) this.#tell();
    },
  };

  /** @param onChange  gets all of it together */
  constructor(onChange: (sum: Remains) => void) {
    this.#onChange = onChange;
  }

  /** What the last one had when it was asked, until it tells by itself. */
  expect(remains: Remains): void {
    this.#expected = remains;
    this.#tell();
    setTimeout(() => {
      this.#expected = undefined;
      this.#tell();
    }, FIRST_WORD_MS).unref();
  }

  #tell(): void {
    this.#onChange(sumOfRemains([...this.#told.values(), ...(this.#expected === undefined ? [] : [this.#expected])]));
  }
}
