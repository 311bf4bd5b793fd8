import { readFileSync } from "node:fs";
import { request } from "node:https";
import { parseArgs } from "node:util";

// A client that asks for a URL again and again, each time on a new connection,
// and says of every request when it began, when it ended and how. Started in the
// client's namespace; runs until its standard input ends.
//
//   {"startMs":1200.1,"endMs":1203.4,"endWallMs":1795384000203.4,"result":"200"}

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "" },
    address: { type: "string", default: "" },
    ca: { type: "string", default: "" },
    "interval-ms": { type: "string", default: "20" },
    // A connection attempt into the void must not hide the moment when the address answers again.
    "wait-ms": { type: "string", default: "400" },
  },
});

const waitMs = Number(values["wait-ms"]);

const url = new URL(values.url);
const ca = readFileSync(values.ca);

function ask(): void {
  const startMs = performance.now();
  let isTold = false;
  const tell = (result: string) => {
    if (isTold) return;
    isTold = true;
    const endMs = performance.now();
    process.stdout.write(`${JSON.stringify({ startMs, endMs, endWallMs: performance.timeOrigin + endMs, result })}\n`);
  };
  const asked = request(
    {
      host: values.address,
      port: 443,
      path: url.pathname,
      servername: url.hostname,
      ca,
      agent: false,
      timeout: waitMs,
    },
    (response) => {
      response.resume();
      response.on("end", () => tell(String(response.statusCode)));
      response.on("error", (error) => tell(error.message));
    },
  );
  asked.setHeader("host", url.host);
  asked.on("timeout", () => asked.destroy(new Error(`no answer within ${waitMs} ms`)));
  asked.on("error", (error) => tell(error.message));
  asked.end();
}

ask();
const timer = setInterval(ask, Number(values["interval-ms"]));
process.stdin.on("end", () => clearInterval(timer));
process.stdin.resume();
