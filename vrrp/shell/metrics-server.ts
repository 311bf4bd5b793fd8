import { createServer, type Server } from "node:http";
import type { VrrpConfig } from "../../config/vrrp.ts";
import type { Log } from "../../daemon/log.ts";

/** Answers Prometheus, where it is asked to. */
export type MetricsServer = {
  /** Opens, moves or closes the port. */
  readonly configure: (metrics: VrrpConfig["metrics"]) => void;
  readonly close: () => void;
};

/** More than a scraper needs; others wait in the kernel. */
const CONNECTIONS_MAX = 16;
const HEAD_WAIT_MS = 5_000;

/** @param render  the metrics as text */
export function openMetricsServer(log: Log, render: () => Promise<string>): MetricsServer {
  let server: Server | undefined;
  let open = "";
  const close = () => {
    server?.close();
    server?.closeAllConnections();
    server = undefined;
    open = "";
  };
  return {
    configure: (metrics) => {
      const wanted = JSON.stringify(metrics ?? "");
      if (wanted === open) return;
      close();
      if (metrics === undefined) return;
      open = wanted;
      server = serve(render);
      server.on("error", (error) => log.error({ event: "metrics", because: error.message, ...metrics }));
      server.listen(metrics.port, metrics.address);
    },
    close,
  };
}

function serve(render: () => Promise<string>): Server {
  const server = createServer({ headersTimeout: HEAD_WAIT_MS, requestTimeout: HEAD_WAIT_MS }, (request, response) => {
    if (request.method !== "GET" || request.url?.split("?")[0] !== "/metrics") {
      response.writeHead(404, { "content-type": "text/plain" }).end("want GET /metrics\n");
      return;
    }
    render().then(
      (text) => response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text),
      (error: unknown) => response.writeHead(503, { "content-type": "text/plain" }).end(`${error}\n`),
    );
  });
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}
