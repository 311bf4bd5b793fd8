import type { ProxiedAppInput } from "../../../components/render/app.ts";
import type { PairInput } from "../../../components/render/pair.ts";
import type { PassthroughAppInput } from "../../../components/render/passthrough.ts";
import { HOST_KEY, PRIVATE_KEY } from "./samples.ts";

// Args with everything in them that there is: the compiler asks for each.

/** A type with every field required, at every depth; a record stays one. */
type Whole<T> = T extends readonly (infer U)[]
  ? Whole<U>[]
  : T extends object
    ? { [K in keyof T]-?: Whole<Exclude<T[K], undefined>> }
    : T;

type Connection = PairInput["hosts"][string]["connection"];

function connection(host: string): Whole<Connection> {
  const secrets = { privateKey: PRIVATE_KEY, privateKeyPassword: "p", password: "p" };
  const way = { agentSocketPath: "/run/agent", dialErrorLimit: 3, perDialTimeout: 5 };
  const endpoint = { host, port: 22, user: "root", hostKey: HOST_KEY, ...secrets, ...way };
  return { ...endpoint, proxy: { ...endpoint, host: "203.0.113.1" } };
}

function host(number: number, priority: number): Whole<PairInput["hosts"][string]> {
  const address = `203.0.113.${number}`;
  return {
    connection: connection(address),
    priority,
    interface: "eth0",
    architecture: "x64",
    isGone: false,
    sourceAddresses: [address],
    controlAddresses: [address],
  };
}

const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const CRL = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
const CERTIFICATE = { certificatePem: PEM, privateKeyPem: PRIVATE_KEY };
const TRACKED = { weight: -20, rise: 2, fall: 3 };

export const WHOLE_PAIR: Whole<PairInput> = {
  hostname: "example.com",
  alternativeHostnames: ["www.example.com"],
  virtualAddress: "203.0.113.10/24",
  moreVirtualAddresses: {
    second: {
      address: "203.0.113.9/24",
      vrid: 61,
      preferredHost: "lb2",
      label: "eth0:second",
      addressInterface: "lo",
    },
  },
  hosts: { lb1: host(11, 200), lb2: host(12, 190) },
  tls: {
    versionMin: "TLSv1.3",
    hstsSeconds: 31_536_000,
    hstsSubdomains: true,
    clientCertificates: { mode: "optional", caPem: PEM, crlPem: CRL, forwardSubject: true },
    certificate: CERTIFICATE,
    moreCertificates: { shop: { hostnames: ["shop.example.com"], ...CERTIFICATE } },
    authority: CERTIFICATE,
    validityHours: 100,
    earlyRenewalHours: 10,
  },
  stats: { user: "admin", password: "p", port: 8001, path: "/s", realm: "r", refreshSeconds: 5 },
  vrrp: {
    vrid: 60,
    version: 3,
    advertIntervalMs: 200,
    preempt: "always",
    preemptDelayMs: 5,
    trackInterfaces: ["eth1"],
    isUnicast: true,
    checksum: "pseudo-header",
    announceDelayMs: 500,
    announceIntervalMs: 60_000,
    neighbourWaitMs: 100,
    control: { isEnabled: true, port: 8_113, silenceMs: 500, lingerMs: 1_000 },
    trackProxy: { isEnabled: true, silenceMs: 500, weight: 0 },
    scripts: { uplink: { command: ["/bin/true"], intervalMs: 500, timeoutMs: 400, ...TRACKED } },
    processes: { dns: { comm: "unbound", intervalMs: 200, ...TRACKED } },
    hooks: [{ command: ["/bin/true"], timeoutMs: 100, retryMs: 200, refreshMs: 300 }],
    isExternal: true,
    authentication: { kind: "hmac", secret: "s".repeat(32), keyId: 2, mode: "permissive", windowMs: 6_000 },
    metrics: { address: "0.0.0.0", port: 9_650 },
    label: "eth0:vip",
    addressInterface: "lo",
  },
  ports: { https: 8_443, http: 8_080, clear: 8_081, redirectStatus: 301 },
  timeouts: {
    clientMs: 1,
    httpRequestMs: 2,
    httpKeepAliveMs: 3,
    clientFinMs: 4,
    tlsHandshakeMs: 5,
    drainMs: 6,
    replacedMs: 7,
    serverFinMs: 8,
  },
  limits: {
    connectionsMax: 1,
    connectionsPerAddressMax: 2,
    bodyBytesPerSecondMin: 3,
    headBytesMax: 8_192,
    fieldsMax: 16,
  },
  log: { access: "off", level: "debug" },
  trustedProxies: ["198.51.100.0/24"],
  proxyProtocol: ["198.51.100.0/24"],
  defaultApp: "app1",
  redirectToSlash: false,
  errorFiles: { "503": "HTTP/1.0 503 Service Unavailable\r\n\r\n" },
  workers: 2,
  tracing: { requestId: true, traceparent: true },
  uninstallOnDestroy: false,
  detectDrift: true,
  rawSettings: { proxy: {}, vrrp: {} },
};

const BACKEND = { weight: 2, isBackup: true, cookieValue: "c", isCookieless: true, sessionsMax: 3 };
const ADDRESS = "203.0.113.21:80";

export const WHOLE_APP: Whole<ProxiedAppInput> = {
  app: "app1",
  path: "/app1/",
  backends: { web1: { server: { address: ADDRESS }, address: ADDRESS, ...BACKEND } },
  hostnames: ["example.com"],
  websocket: false,
  balance: { algorithm: "hash", hashOn: "field", hashField: "X-Tenant", hashLoadPercent: 125, slowStartMs: 1 },
  persistence: {
    kind: "none",
    cookieName: "S",
    isHttpOnly: false,
    isSecure: true,
    maxIdleMs: 4_000,
    maxLifeMs: 5_000,
    isOpaque: true,
    drainRemovedMs: 7,
    sameSite: "None",
  },
  backendTls: {
    verify: "ca",
    caPem: PEM,
    serverName: "web.example.com",
    versionMin: "TLSv1.3",
    clientCertificate: CERTIFICATE,
  },
  check: {
    kind: "tcp",
    method: "HEAD",
    version: "1.0",
    headers: { Authorization: "x" },
    bodyIncludes: "ok",
    initialState: "down",
    onMarkedDown: "shutdownSessions",
    path: "/up",
    host: "example.com",
    userAgent: "check",
    statusMin: 201,
    statusMax: 299,
    intervalMs: 1,
    fastIntervalMs: 2,
    downIntervalMs: 3,
    timeoutMs: 4,
    rise: 5,
    fall: 6,
    spreadPercent: 7,
  },
  timeouts: { connectMs: 1, serverMs: 2, tunnelMs: 3, queueMs: 4 },
  limits: { bodyBytesMax: 1, queueMax: 2 },
  retries: { attemptsMax: 1, on: ["junkResponse"], statuses: [503], budgetPercent: 2 },
  observe: { layer: "layer7", errorLimit: 5, onError: "markDown" },
  rewrite: {
    stripPrefix: false,
    responses: false,
    html: true,
    upgradeInsecure: true,
    cookieDomain: true,
    forwarded: true,
  },
  rawSettings: {},
};

/** What TLS hides from the proxy has no arg, so this one is a part of the other. */
export const WHOLE_PASSTHROUGH: PassthroughAppInput = {
  app: "app1",
  hostnames: ["example.com"],
  proxyProtocol: true,
  balance: { algorithm: "leastconn", hashLoadPercent: 125, slowStartMs: 1 },
  check: {
    kind: "tcp",
    host: "example.com",
    intervalMs: 1,
    fastIntervalMs: 2,
    downIntervalMs: 3,
    timeoutMs: 4,
    rise: 5,
    fall: 6,
    spreadPercent: 7,
    initialState: "down",
    onMarkedDown: "shutdownSessions",
  },
  timeouts: WHOLE_APP.timeouts,
  limits: { queueMax: 2 },
  retries: { attemptsMax: 1, budgetPercent: 2 },
  observe: { layer: "layer4", errorLimit: 5, onError: "markDown" },
  backends: { web1: { address: ADDRESS, weight: 2, isBackup: true, sessionsMax: 3 } },
};
