import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { join } from "node:path";
import { type DocumentShape, parseDocument } from "../../config/document.ts";
import { documentPath } from "../../config/paths.ts";
import { type ProxyConfig, proxyDocument } from "../../config/proxy.ts";
import { splitPrefix } from "../../config/values.ts";
import { addressText, vrrpDocument } from "../../config/vrrp.ts";
import { readIfThere } from "../files.ts";
import type { Places } from "../places.ts";

// Asks the site as a client would: this host's own proxy, and whoever owns the virtual addresses now.

/** Longest time for one answer; it only decides between well and not well. */
const ANSWER_WAIT_MS = 2_000;

type Door = { readonly address: string; readonly port: number; readonly isTls: boolean; readonly hostname: string };

/**
 * What the site answers at each of its doors that this host knows.
 *
 * @param path  that is asked for
 * @param hostname  default: the first that the proxy's own certificate covers
 * @returns answers by place; a status, or `no answer: …`
 */
export async function askSite(
  places: Places,
  path: string,
  hostname: string | undefined,
): Promise<Readonly<Record<string, string>>> {
  const answers = doorsOf(places, hostname).map(
    async (door) => [`${placeOf(door)}${path}`, await answerAt(door, path)] as const,
  );
  return Object.fromEntries(await Promise.all(answers));
}

function doorsOf(places: Places, hostname: string | undefined): Door[] {
  const proxy = read(places, "proxy", proxyDocument);
  const entrance = proxy === undefined ? undefined : entranceOf(proxy);
  // Where only proxies in front are let in, this host is not.
  if (proxy === undefined || entrance === undefined || entrance.proxyProtocol !== undefined) return [];
  const { port, kind, address = "127.0.0.1" } = entrance;
  const door = { port, isTls: kind === "https", hostname: hostname ?? hostnameOf(proxy) };
  const isEverywhere = entrance.address === undefined || /^[0.:]+$/.test(entrance.address);
  const virtual = isEverywhere ? virtualAddresses(places) : [];
  return [isEverywhere ? "127.0.0.1" : address, ...virtual].map((each) => ({ ...door, address: each }));
}

/** Where apps are asked for; where only clients with a certificate are let in, of which this host has none, a redirect answers. */
function entranceOf({ listeners, tls }: ProxyConfig) {
  const isOpen = tls.clientCertificates?.mode !== "required";
  const kinds = isOpen ? (["https", "http"] as const) : (["http", "redirect"] as const);
  const [entrance] = kinds.flatMap((wanted) => Object.values(listeners).filter(({ kind }) => kind === wanted));
  return entrance;
}

function virtualAddresses(places: Places): string[] {
  const vrrp = read(places, "vrrp", vrrpDocument);
  return Object.values(vrrp?.instances ?? {}).flatMap(({ addresses }) =>
    addresses.flatMap((given) => splitPrefix(addressText(given))?.address ?? []),
  );
}

/** A name that the certificate covers; any will do for a wildcard. */
function hostnameOf({ certificates }: ProxyConfig): string {
  const [
    {
      hostnames: [first],
    } = { hostnames: ["localhost"] },
  ] = Object.values(certificates);
  return (first ?? "localhost").replace(/^\*\./, "www.");
}

/** A document of this host; one that can't be read is for the daemon to complain about. */
function read<S extends Parameters<typeof parseDocument>[0]["schema"]>(
  places: Places,
  kind: "proxy" | "vrrp",
  shape: DocumentShape<S>,
) {
  const text = readIfThere(join(places.configDir, documentPath({ kind })))?.toString();
  if (text === undefined) return undefined;
  const parsed = parseDocument(shape, text);
  return parsed.ok ? parsed.value : undefined;
}

function placeOf({ address, port }: Door): string {
  return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/** The certificate is not judged: whom clients trust is not known here. */
function answerAt({ address, port, isTls, hostname }: Door, path: string): Promise<string> {
  const options = { host: address, port, path, method: "HEAD", agent: false, timeout: ANSWER_WAIT_MS } as const;
  const headers = { host: hostname, "user-agent": "lbctl", connection: "close" };
  return new Promise((resolve) => {
    const asked = isTls
      ? requestHttps({ ...options, headers, servername: hostname, rejectUnauthorized: false })
      : requestHttp({ ...options, headers });
    asked.once("response", (response) => {
      response.resume();
      resolve(String(response.statusCode));
    });
    asked.once("timeout", () => asked.destroy(new Error(`not within ${ANSWER_WAIT_MS} ms`)));
    asked.once("error", (error) => resolve(`no answer: ${error.message}`));
    asked.end();
  });
}
