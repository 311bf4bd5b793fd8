import { certificateUse, validityWarning } from "../config/certificate-facts.ts";
import type { DaemonName } from "../config/paths.ts";
import { revocationWarning } from "../config/revocation-list.ts";
import {
  type InstanceStatus,
  type ProxyStatus,
  proxyStatusSchema,
  type VrrpStatus,
  vrrpStatusSchema,
} from "../config/status.ts";
import { askStatus } from "../daemon/status-socket.ts";
import { type Places, statusSocketBelow } from "./places.ts";

const ANSWER_WAIT_MS = 2_000;

/** What the daemons of this host say; a daemon that does not answer is its error's text. */
export type HostReport = { readonly proxy: ProxyStatus | string; readonly vrrp: VrrpStatus | string };

export async function readReport(places: Places, apps?: readonly string[]): Promise<HostReport> {
  const ask = <T>(daemon: DaemonName, parse: (answer: unknown) => T): Promise<T | string> =>
    askStatus(
      statusSocketBelow(places, daemon),
      { request: "status", apps: apps === undefined ? undefined : [...apps] },
      ANSWER_WAIT_MS,
    ).then(parse, (error: Error) => error.message);
  const [proxy, vrrp] = await Promise.all([
    ask("proxy", (answer) => proxyStatusSchema.parse(answer)),
    ask("vrrp", (answer) => vrrpStatusSchema.parse(answer)),
  ]);
  return { proxy, vrrp };
}

/** The report as a person reads it. */
export function formatReport({ proxy, vrrp }: HostReport): string {
  return [...vrrpLines(vrrp), ...proxyLines(proxy)].map((line) => `${line}\n`).join("");
}

function vrrpLines(vrrp: VrrpStatus | string): string[] {
  if (typeof vrrp === "string") return [`vrrp      not answering: ${vrrp}`];
  return [...instanceLines(vrrp), ...controlLines(vrrp)];
}

function instanceLines(vrrp: VrrpStatus): string[] {
  return Object.entries(vrrp.instances).flatMap(([name, instance]) => [
    `vrrp      ${instance.state} (${name}: VRID ${instance.vrid} on ${instance.interface}, priority ${instance.priority})`,
    `because   ${instance.because}, ${seconds(instance.sinceMs)} ago`,
    `addresses ${instance.addresses.join(" ")}${keptNote(instance)}`,
  ]);
}

/** After a planned switchover both hosts have the addresses for a while, of which the Active alone tells the link; external ones may be on both. */
function keptNote({ state, addressesPresent }: InstanceStatus): string {
  const isKept = state !== "Active" && addressesPresent.length > 0;
  return isKept ? `, on this host all the same: ${addressesPresent.join(" ")}` : "";
}

/** Whether the other host could take over, which only the Active can know. */
function controlLines({ control }: VrrpStatus): string[] {
  if (control === undefined) return [];
  const { peer, paths, standbyProblems } = control;
  const isSame = peer?.isSameConfiguration === true ? "same configuration" : "ANOTHER CONFIGURATION";
  const states = Object.entries(peer?.states ?? {}).map(([name, state]) => `${name} ${state}`);
  return [
    peer === null ? "peer      not heard of" : `peer      ${peer.name}: ${[...states, isSame].join(", ")}`,
    ...paths.map(({ address, isUp, because }) => `path      ${address} ${isUp ? "up" : `down: ${because}`}`),
    ...Object.entries(standbyProblems).map(
      ([name, problems]) => `standby   ${name}: ${problems.length === 0 ? "ready" : problems.join("; ")}`,
    ),
  ];
}

function proxyLines(proxy: ProxyStatus | string): string[] {
  if (typeof proxy === "string") return [`proxy     not answering: ${proxy}`];
  const head = proxy.isServing ? "serving" : `not serving: ${proxy.because}`;
  const apps = Object.entries(proxy.apps).flatMap(([app, { path, backends }]) => [
    `app       ${app} ${path}`,
    ...Object.entries(backends).map(
      ([name, backend]) =>
        `  ${backend.state.padEnd(9)} ${name} ${backend.address} ${backend.check} since ${seconds(backend.sinceMs)}${removedText(backend)}`,
    ),
  ]);
  const counts = `${proxy.connections} connections, ${proxy.requestsTotal} requests`;
  return [
    `proxy     ${head}, ${counts}, up ${seconds(proxy.uptimeMs)}, ${proxy.runtime}`,
    ...certificateLines(proxy, Date.now()),
    ...revocationLines(proxy, Date.now()),
    ...handshakeLines(proxy),
    ...apps,
  ];
}

/** One line for each certificate, and what is to be done about it. */
export function certificateLines({ certificates }: Pick<ProxyStatus, "certificates">, nowMs: number): string[] {
  return Object.entries(certificates).map(([name, facts]) => {
    const warning = validityWarning(facts, nowMs);
    return `cert      ${name} ${certificateUse(facts)} ${warning === undefined ? `until ${facts.notAfter}` : `WARNING: ${warning}`}`;
  });
}

/** The same for lists of revoked certificates. */
export function revocationLines({ revocationLists }: Pick<ProxyStatus, "revocationLists">, nowMs: number): string[] {
  return revocationLists.map((list) => {
    const warning = revocationWarning(list, nowMs);
    const end = list.nextUpdate === undefined ? "" : ` until ${list.nextUpdate}`;
    return `crl       ${list.issuer}${warning === undefined ? end : ` WARNING: ${warning}`}`;
  });
}

/** One line for each listener at which TLS has failed. */
export function handshakeLines({ handshakesFailed }: Pick<ProxyStatus, "handshakesFailed">): string[] {
  return Object.entries(handshakesFailed).map(([listener, reasons]) => {
    const counts = Object.entries(reasons).map(([reason, count]) => `${count} ${reason}`);
    return `tls       ${listener}: handshakes failed: ${counts.join(", ")}`;
  });
}

function removedText({ removed }: ProxyStatus["apps"][string]["backends"][string]): string {
  return removed === undefined ? "" : `, removed, leaves in ${seconds(removed.leavesInMs)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}
