import * as z from "zod";
import { type AppConfig, appDocument, appSchema, backendSchema, backendsOf } from "./app.ts";
import { type DocumentShape, type Parsed, parseDocument } from "./document.ts";
import { flag, hostname, integer, name, oneOf } from "./values.ts";

// An app whose backends end TLS themselves: connections that ask for one of its names (SNI) are carried to a backend
// as they are. It has a file like any app, apps.d/<app>.jsonl, and with it the same rules for its backends.

/** What TLS hides from the proxy. */
function hidden(what: string) {
  return z.undefined({ error: `nothing: with passthrough, TLS hides ${what} from the proxy` }).optional();
}

const { check, timeouts, retries, balance, observe } = appSchema.shape;

/** One server of a passthrough app. */
export const passthroughBackend = backendSchema.omit({ cookieValue: true, isCookieless: true }).extend({
  cookieValue: hidden("cookies"),
  isCookieless: hidden("cookies"),
});

export const passthroughSchema = z.strictObject({
  passthrough: name,
  /** Names that clients ask for; no certificate and no other app of the pair may have one of them. */
  hostnames: z.array(hostname).min(1, { error: "at least 1 hostname" }),
  /** Tell backends first who the client is (PROXY protocol, version 2); they must expect it. */
  proxyProtocol: flag.default(false),
  balance: balance
    .unwrap()
    .pick({ algorithm: true, hashLoadPercent: true, slowStartMs: true })
    .extend({ hashOn: hidden("all but the client's address"), hashField: hidden("fields") })
    .prefault({}),
  check: check
    .unwrap()
    .omit({
      method: true,
      version: true,
      path: true,
      userAgent: true,
      headers: true,
      statusMin: true,
      statusMax: true,
      bodyIncludes: true,
    })
    .extend({
      /** `tls`: the backend completes a handshake for `host`, by default the first of `hostnames`; its certificate is the clients' to judge. */
      kind: oneOf(["tls", "tcp", "none"]).default("tls"),
    })
    .prefault({}),
  /** `serverMs` until the backend's first octet; from then on `tunnelMs`. */
  timeouts: timeouts.unwrap().prefault({}),
  limits: z.strictObject({ queueMax: integer(0, 100_000).default(1_000) }).prefault({}),
  /** Only connections that failed are tried again. */
  retries: retries.unwrap().pick({ attemptsMax: true, budgetPercent: true }).prefault({}),
  observe: observe
    .unwrap()
    .extend({ layer: oneOf(["none", "layer4"]).default("layer4") })
    .prefault({}),
  backends: backendsOf(passthroughBackend),
  path: hidden("paths"),
  persistence: hidden("cookies"),
  rewrite: hidden("requests and responses"),
  websocket: hidden("requests"),
  backendTls: hidden("everything: the client's own TLS reaches the backend"),
});

/** What a writer gives. */
export type PassthroughInput = z.input<typeof passthroughSchema>;
/** What a daemon works with: every default filled in. */
export type PassthroughConfig = z.output<typeof passthroughSchema>;

export const passthroughDocument: DocumentShape<typeof passthroughSchema> = {
  kind: "passthrough",
  schema: passthroughSchema,
  entries: { backends: "backend" },
};

/** An app as a daemon serves it, of either kind. */
export type ServedApp = AppConfig & {
  /** Absent: requests are served. */
  readonly passthrough?: { readonly hasProxyHeader: boolean };
  /** Chain and key of `backendTls.clientCertificate`, from its file. */
  readonly clientPem?: string;
};

/** App of a file in apps.d, of either kind: the first word of its text says which. */
export function parseApp(text: string): Parsed<ServedApp> {
  if (!/^\s*\{\s*"passthrough"\s*:/.test(text)) return parseDocument(appDocument, text);
  const parsed = parseDocument(passthroughDocument, text);
  return parsed.ok ? { ok: true, value: servedAs(parsed.value) } : parsed;
}

/** A passthrough app as one that has no cookie, and a path that nobody asks for. */
export function servedAs(config: PassthroughConfig): ServedApp {
  const { passthrough: app, hostnames, proxyProtocol, check, ...shared } = config;
  const host = check.host ?? hostnames.find((each) => !each.startsWith("*."));
  const { balance, timeouts, limits, retries, observe, backends } = shared;
  const asked = { ...check, ...(host === undefined ? {} : { host }) };
  const input = {
    app,
    hostnames,
    path: "/",
    websocket: false,
    check: asked,
    balance,
    timeouts,
    limits,
    retries,
    observe,
  };
  const persistence = { kind: "none" as const };
  return { ...appSchema.parse({ ...input, backends, persistence }), passthrough: { hasProxyHeader: proxyProtocol } };
}
