import { buildErrorResponse, type LocalResponse } from "../core/local-response.ts";
import type { RequestHead } from "../wire/message.ts";
import type { Configuration } from "./config-dir.ts";

/** The stats page: who may see it, and what it shows. */
export class StatsPage {
  #configuration: Configuration | undefined;

  configure(configuration: Configuration): void {
    this.#configuration = configuration;
  }

  async answer(head: RequestHead): Promise<LocalResponse> {
    const stats = this.#configuration?.proxy.stats;
    if (stats === undefined || head.path !== stats.path) return buildErrorResponse(404);
    return buildErrorResponse(503);
  }
}
