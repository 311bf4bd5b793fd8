import * as z from "zod";
import { proxySchema } from "../../config/proxy.ts";
import { addressWithPrefix, flag, hostname, integer, ipAddress, name, oneOf, port } from "../../config/values.ts";
import { vrrpSchema } from "../../config/vrrp.ts";
import { connectionSchema } from "./connection.ts";

// Args of a LoadBalancerPair as values. Groups that a document has, too, are the document's own schemas: a mistake
// is found by the same rule on the laptop and on the host, and defaults stand in one place.

const PEM = "PEM text, starting with -----BEGIN";
const pem = z.string({ error: PEM }).regex(/^\s*-----BEGIN [A-Z ]+-----/, { error: PEM });
const certificate = z.strictObject({ certificatePem: pem, privateKeyPem: pem });

const HOURS_MAX = 876_000;
const tls = z.strictObject({
  versionMin: oneOf(["TLSv1.2", "TLSv1.3"]).optional(),
  certificate: certificate.optional(),
  authority: certificate.optional(),
  validityHours: integer(1, HOURS_MAX).optional(),
  earlyRenewalHours: integer(0, HOURS_MAX).optional(),
});

const PASSWORD = "a password that is not empty";
const stats = proxySchema.shape.stats.unwrap().extend({
  password: z.string({ error: PASSWORD }).min(1, { error: PASSWORD }),
});

const host = z.strictObject({
  connection: connectionSchema,
  priority: integer(1, 254).optional(),
  interface: z.string().optional(),
  sourceAddresses: z.array(ipAddress).min(1, { error: "at least 1 address" }).optional(),
});

const vrrp = z.strictObject({
  vrid: integer(1, 255).default(51),
  version: z.number().optional(),
  advertIntervalMs: z.number().optional(),
  preempt: oneOf(["never", "when-healthier", "always"]).optional(),
  preemptDelayMs: z.number().optional(),
  trackInterfaces: z.array(z.string()).optional(),
  isUnicast: flag.default(false),
  checksum: oneOf(["auto", "message-only", "pseudo-header"]).optional(),
  announceDelayMs: z.number().optional(),
  trackProxy: vrrpSchema.shape.trackProxy.unwrap().optional(),
});

export const HOSTS_OF_A_PAIR = 2;

export const pairSchema = z.strictObject({
  hostname,
  alternativeHostnames: z.array(hostname).optional(),
  virtualAddress: addressWithPrefix,
  hosts: z.record(name, host).refine((hosts) => Object.keys(hosts).length === HOSTS_OF_A_PAIR, {
    error: `${HOSTS_OF_A_PAIR} hosts`,
  }),
  tls: tls.optional(),
  stats: stats.optional(),
  vrrp: vrrp.prefault({}),
  ports: z
    .strictObject({ https: port.default(443), http: port.default(80), redirectStatus: z.number().optional() })
    .prefault({}),
  timeouts: proxySchema.shape.timeouts.unwrap().optional(),
  limits: proxySchema.shape.limits.unwrap().optional(),
  log: proxySchema.shape.log.unwrap().optional(),
  trustedProxies: proxySchema.shape.trustedProxies,
  defaultApp: name.optional(),
  redirectToSlash: flag.optional(),
});

/** What a program gives, with everything known. */
export type PairInput = z.input<typeof pairSchema>;
