import type { ProxyConfig } from "../../config/proxy.ts";
import { decodeBasic } from "../core/basic-auth.ts";
import { buildErrorResponse, buildLocalResponse, type LocalResponse } from "../core/local-response.ts";
import { renderMetrics } from "../core/metrics.ts";
import type { StatsSnapshot } from "../core/stats.ts";
import { renderCsv } from "../core/stats-csv.ts";
import { renderPage } from "../core/stats-page.ts";
import { FIELD } from "../wire/field-names.ts";
import { fieldLine } from "../wire/fields.ts";
import type { RequestHead } from "../wire/message.ts";
import type { Configuration } from "./config-dir.ts";
import { PasswordGate } from "./password-gate.ts";

type StatsConfig = NonNullable<ProxyConfig["stats"]>;

const METRICS_PATH = "/metrics";
const NO_STORE = fieldLine("Cache-Control", "no-store");

/** The stats page, its CSV and the metrics: who may see them, and what they show. */
export class StatsPage {
  readonly #snapshot: () => StatsSnapshot;
  readonly #gate = new PasswordGate();
  #config: StatsConfig | undefined;

  constructor(snapshot: () => StatsSnapshot) {
    this.#snapshot = snapshot;
  }

  configure({ proxy, statsPassword }: Configuration): void {
    this.#config = proxy.stats;
    if (proxy.stats !== undefined && statsPassword !== undefined) this.#gate.configure(proxy.stats.user, statsPassword);
  }

  async answer(head: RequestHead): Promise<LocalResponse> {
    const config = this.#config;
    const isRead = head.method === "GET" || head.method === "HEAD";
    if (config === undefined || !isRead) return buildErrorResponse(config === undefined ? 404 : 405);
    const credentials = decodeBasic(head.fields.first(FIELD.authorization) ?? "");
    if (credentials === undefined) return challenge(config);
    switch (await this.#gate.admits(credentials)) {
      case "busy":
        return buildErrorResponse(429);
      case "no":
        return challenge(config);
      case "yes":
        return this.#show(head.path, config);
    }
  }

  #show(path: string, config: StatsConfig): LocalResponse {
    const [page, ...options] = path.split(";");
    if (path === METRICS_PATH || (page === config.path && options.includes("metrics"))) {
      return buildLocalResponse(
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        renderMetrics(this.#snapshot()),
        NO_STORE,
      );
    }
    if (page !== config.path) return buildErrorResponse(404);
    if (options.includes("csv")) {
      return buildLocalResponse(200, "text/plain; charset=utf-8", renderCsv(this.#snapshot().rows), NO_STORE);
    }
    const isRefreshed = config.refreshSeconds > 0 && !options.includes("norefresh");
    const refresh = isRefreshed ? fieldLine("Refresh", String(config.refreshSeconds)) : "";
    const html = renderPage(this.#snapshot(), config.path, { isDownHidden: options.includes("up") });
    return buildLocalResponse(200, "text/html; charset=utf-8", html, NO_STORE + refresh);
  }
}

function challenge({ realm }: StatsConfig): LocalResponse {
  const error = buildErrorResponse(401);
  const asking = fieldLine("WWW-Authenticate", `Basic realm="${realm}", charset="UTF-8"`);
  return buildLocalResponse(401, "text/html; charset=utf-8", error.body, NO_STORE + asking);
}
