import { connect, type Socket } from "node:net";
import { parseValue } from "../../config/document.ts";
import { proxyWatchSchema } from "../../config/status.ts";
import { eachLine } from "../../daemon/lines.ts";
import type { ProxyHealth } from "../core/eligibility.ts";

/** Follows the local proxy's own word on whether it serves. */
export type ProxyWatch = {
  /** Changes how long the proxy may be silent. */
  readonly allowSilence: (silenceMs: number) => void;
  readonly close: () => void;
};

/** How soon a proxy that just started is found. */
const RECONNECT_MS = 50;
const LINE_LENGTH_MAX = 65_536;

/**
 * Watches the proxy's status socket, for as long as it takes.
 *
 * The kernel closes the connection of a process that dies, so death is seen at once; a proxy that hangs is seen by its silence.
 *
 * @param onChange  called when health or its reason changes
 */
export function watchProxy(path: string, silenceMs: number, onChange: (health: ProxyHealth) => void): ProxyWatch {
  let known: ProxyHealth | undefined;
  let socket: Socket | undefined;
  let reconnect: NodeJS.Timeout | undefined;
  let silence: NodeJS.Timeout | undefined;
  let limitMs = silenceMs;
  let isClosed = false;

  const tell = (isHealthy: boolean, because: string) => {
    if (known?.isHealthy === isHealthy && known.because === because) return;
    known = { isHealthy, because };
    onChange(known);
  };
  const expectWord = () => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      tell(false, `silent for ${limitMs} ms`);
      socket?.destroy();
    }, limitMs);
  };
  const begin = () => {
    const current = connect(path);
    let failure = "closed the connection";
    let isRefused = false;
    socket = current;
    expectWord();
    current.on("connect", () => current.write('{"request":"watch"}\n'));
    current.on("error", (error: NodeJS.ErrnoException) => {
      isRefused = error.syscall === "connect";
      failure = isRefused ? `not running (${error.code})` : error.message;
    });
    current.on("close", () => {
      clearTimeout(silence);
      if (isClosed) return;
      // After a silence the reason stays, until something new is known.
      if (known?.isHealthy !== false || isRefused) tell(false, failure);
      reconnect = setTimeout(begin, RECONNECT_MS);
    });
    eachLine(current, LINE_LENGTH_MAX, (line) => {
      expectWord();
      const parsed = parseLine(line);
      tell(parsed.isHealthy, parsed.because);
    });
  };

  begin();
  return {
    allowSilence: (ms) => {
      limitMs = ms;
    },
    close: () => {
      isClosed = true;
      clearTimeout(reconnect);
      clearTimeout(silence);
      socket?.destroy();
    },
  };
}

function parseLine(line: string): ProxyHealth {
  const parsed = parseValue(proxyWatchSchema, parseJson(line));
  if (!parsed.ok) return { isHealthy: false, because: "says something that is not a status" };
  return { isHealthy: parsed.value.isServing, because: parsed.value.because };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // reported by the caller as "not a status"
  }
}
