// Names on a host that a component writes and a daemon reads. Nothing else is shared.

export const CONFIG_DIR = "/etc/lbpair";
export const RELEASES_DIR = "/opt/lbpair/releases";
/** Symbolic link to the release in use. */
export const CURRENT_RELEASE = "/opt/lbpair/current";
export const STATE_DIR = "/var/lib/lbpair";
/** The VRRP daemon's journal of events. */
export const JOURNAL_DIR = "/var/lib/lbpair-vrrp";

/** The daemons' names: unit, user and directory below /run/lbpair. */
export const DAEMONS = ["proxy", "vrrp"] as const;
export type DaemonName = (typeof DAEMONS)[number];

export function unitName(daemon: DaemonName): string {
  return `lbpair-${daemon}.service`;
}

export function userName(daemon: DaemonName): string {
  return `lbpair-${daemon}`;
}

/** Group that may ask the daemons' status sockets. */
export const GROUP = "lbpair";

/** Unix socket on which a daemon answers (status.ts). */
export function statusSocketPath(daemon: DaemonName): string {
  return `/run/lbpair/${daemon}/status.sock`;
}

/**
 * Everything that can be applied to a host, one file each.
 *
 * `certificate` holds chain and private key in PEM; `secret` one value of the proxy's; `key` one that both hosts' VRRP daemons share.
 * These three arrive on a secret stdin only.
 */
export type DocumentRef =
  | { readonly kind: "proxy" }
  | { readonly kind: "vrrp" }
  | { readonly kind: "app"; readonly name: string }
  /** Many apps in one file; the name is that of the group. */
  | { readonly kind: "apps"; readonly name: string }
  | { readonly kind: "certificate"; readonly name: string }
  | { readonly kind: "secret"; readonly name: string }
  | { readonly kind: "key"; readonly name: string };

/** Path of a document below the configuration directory. */
export function documentPath(ref: DocumentRef): string {
  switch (ref.kind) {
    case "proxy":
      return "proxy.jsonl";
    case "vrrp":
      return "vrrp.jsonl";
    case "app":
      return `${APPS_DIR}/${ref.name}.jsonl`;
    case "apps":
      return `${APPS_DIR}/${ref.name}.apps.jsonl`;
    case "certificate":
      return `${CERTIFICATES_DIR}/${ref.name}.pem`;
    case "secret":
      return `${SECRETS_DIR}/${ref.name}`;
    case "key":
      return `${KEYS_DIR}/${ref.name}`;
  }
}

/** Name of the certificate that an app shows to its backends. */
export function clientCertificateName(app: string): string {
  return `app-${app}`;
}

export const APPS_DIR = "apps.d";
export const CERTIFICATES_DIR = "tls";
export const SECRETS_DIR = "secrets";
export const KEYS_DIR = "keys";

/** Secret that holds the hash of the stats page's password. */
export const STATS_PASSWORD = "stats-password";

/** Key by which the two hosts' VRRP daemons know each other on their control channel. */
export const CONTROL_KEY = "control";

/** Keys by which the two hosts' advertisements know each other, by kind of authentication. */
export const AUTHENTICATION_KEYS = { password: "vrrp-password", hmac: "vrrp-hmac" } as const;

/** Which daemon runs a document. */
export function daemonOf(ref: DocumentRef): DaemonName {
  return ref.kind === "vrrp" || ref.kind === "key" ? "vrrp" : "proxy";
}

/** The same of a path below the configuration directory. */
export function daemonOfPath(path: string): DaemonName {
  return path === documentPath({ kind: "vrrp" }) || path.startsWith(`${KEYS_DIR}/`) ? "vrrp" : "proxy";
}
