import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../command.ts";
import { BROWSER_FIELDS, type Load, type Target } from "./load.ts";

export type WrkOptions = {
  readonly connections: number;
  readonly method: "GET" | "POST";
  /** Below the app's prefix. */
  readonly path: string;
  readonly bodyBytes: number;
  /** Over all connections, as long as answers take next to no time; absent: as fast as they come. */
  readonly requestsPerSecond?: () => number;
};

/**
 * Keep-alive requests by Debian's wrk, over the apps and their backends in turn.
 *
 * At a given pace each connection pauses after each answer, for a random time as users do. (nghttp2's h2load has a pace
 * too, but over HTTP/1.1 it stands still every few runs, whatever the peer, HAProxy included.)
 */
export function wrkLoad(options: WrkOptions): Load {
  return async (target, seconds) => {
    const script = join(target.dir, "wrk.lua");
    writeFileSync(script, scriptOf(options, target));
    const scheme = target.isTls ? "https" : "http";
    const words = [
      "wrk",
      "-t1",
      `-c${options.connections}`,
      `-d${seconds}s`,
      "--latency",
      "--timeout",
      "10s",
      "-s",
      script,
    ];
    const output = await run([...words, `${scheme}://127.0.0.1:${target.port}/`]);
    const line = /^RESULT (.*)$/m.exec(output)?.[1];
    if (line === undefined) throw new Error(`wrk: no result in ${output}`);
    const { requests, errors, us, p99 } = JSON.parse(line) as Record<string, number>;
    return {
      requests: requests ?? 0,
      errors: errors ?? 0,
      seconds: (us ?? 0) / 1_000_000,
      p99Ms: (p99 ?? 0) / 1_000,
    };
  };
}

/** Requests are formatted once: wrk must not be what is measured. Where there are more apps, so many are asked. */
export const PREPARED = 1_000;

function scriptOf(
  { method, path, bodyBytes, requestsPerSecond, connections }: WrkOptions,
  { appCount }: Target,
): string {
  const fields = BROWSER_FIELDS.map(([name, value]) => `["${name}"]="${value}"`).join(",");
  const pauseMs = requestsPerSecond === undefined ? undefined : (connections * 1_000) / requestsPerSecond();
  return `local prepared, at = {}, 0
function init()
  local body = ${bodyBytes > 0 ? `string.rep("x", ${bodyBytes})` : "nil"}
  for i = 1, ${bodyBytes > 0 ? 3 : PREPARED} do
    -- Spread over the apps, however many there are.
    local app = "app" .. ((i * 7919) % ${appCount} + 1)
    local headers = {${fields}}
    headers["Cookie"] = "theme=dark; SRVID_" .. app .. "=b" .. (i % 3) .. "; id=3f2a9c1d7e"
    prepared[i] = wrk.format("${method}", "/" .. app .. "/${path}", headers, body)
  end
end
function request()
  at = at % #prepared + 1
  return prepared[at]
end
${pauseMs === undefined ? "" : `function delay() return math.floor(math.random() * ${2 * pauseMs} + 0.5) end`}
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT {"requests":%d,"errors":%d,"us":%d,"p99":%d}\\n', summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout, summary.duration, latency:percentile(99)))
end
`;
}
