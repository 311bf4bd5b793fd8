import { Fields } from "../wire/fields.ts";
import type { App } from "./app.ts";
import type { Peer } from "./client.ts";
import type { Asking } from "./request.ts";

/** A connection to a passthrough app, on its way to one of its backends. */
export type Passage = Asking & { readonly serverName: string };

/**
 * Passage for a client.
 *
 * It is to the choice of a backend what a CONNECT would be: nothing of it may be sent twice, and it has no path.
 */
export function buildPassage(app: App, serverName: string, { address }: Peer): Passage {
  const head = { method: "CONNECT", authority: serverName, path: "", query: "", fields: NO_FIELDS, upgrade: undefined };
  return { app, serverName, client: { address }, head };
}

const NO_FIELDS = new Fields([]);
