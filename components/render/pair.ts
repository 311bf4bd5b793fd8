import * as z from "zod";
import { proxySchema } from "../../config/proxy.ts";
import { addressWithPrefix, flag, hostname, integer, ipAddress, name, oneOf, port } from "../../config/values.ts";
import { vrrpSchema } from "../../config/vrrp.ts";
import { authenticationSchema } from "./authentication.ts";
import { certificate, pem } from "./certificate.ts";
import { connectionSchema } from "./connection.ts";

// Args of a LoadBalancerPair as values. Groups that a document has, too, are the document's own schemas: a mistake
// is found by the same rule on the laptop and on the host, and defaults stand in one place.

/** The pair's own certificate and virtual address have it in the hosts' documents. */
export const MAIN = "main";
const OTHER_NAME = `another name than ${MAIN}, which is the pair's own`;
const otherName = name.refine((text) => text !== MAIN, { error: OTHER_NAME });

const GIVEN_OR_ISSUED = "hostnames to issue it for, or certificatePem and privateKeyPem";
const namedCertificate = z
  .strictObject({
    hostnames: z.array(hostname).min(1, { error: "at least 1 hostname" }).optional(),
    certificatePem: pem.optional(),
    privateKeyPem: pem.optional(),
  })
  .superRefine(({ hostnames, certificatePem, privateKeyPem }, context) => {
    const parts = [certificatePem, privateKeyPem].filter((part) => part !== undefined).length;
    if (hostnames === undefined ? parts === 2 : parts === 0) return;
    context.addIssue({ code: "custom", path: ["hostnames"], input: hostnames, message: GIVEN_OR_ISSUED });
  });

/** How long an issued certificate is valid: a year. */
export const DEFAULT_VALIDITY_HOURS = 8_760;
const HOURS_MAX = 876_000;
const tls = proxySchema.shape.tls.unwrap().extend({
  certificate: certificate.optional(),
  moreCertificates: z.record(otherName, namedCertificate).optional(),
  authority: certificate.optional(),
  validityHours: integer(1, HOURS_MAX).optional(),
  earlyRenewalHours: integer(0, HOURS_MAX).optional(),
});

const PASSWORD = "a password that is not empty";
const stats = proxySchema.shape.stats.unwrap().extend({
  password: z.string({ error: PASSWORD }).min(1, { error: PASSWORD }),
});

/** One virtual router, in the hosts' documents. */
const instance = vrrpSchema.shape.instances.valueType.shape;

const host = z.strictObject({
  connection: connectionSchema,
  priority: integer(1, 254).optional(),
  interface: instance.interface,
  sourceAddresses: z.array(ipAddress).min(1, { error: "at least 1 address" }).optional(),
  controlAddresses: z.array(ipAddress).min(1, { error: "at least 1 address" }).optional(),
  architecture: oneOf(["x64", "arm64"]).optional(),
  isGone: flag.optional(),
});

const virtualAddress = z.strictObject({
  address: addressWithPrefix,
  vrid: integer(1, 255).optional(),
  preferredHost: z.string().optional(),
  label: instance.addresses.element.options[1].shape.label,
  addressInterface: instance.addresses.element.options[1].shape.interface,
});

const raw = z.record(z.string(), z.any());

const vrrp = z.strictObject({
  vrid: integer(1, 255).default(51),
  version: z.number().optional(), // the document knows which
  advertIntervalMs: instance.advertIntervalMs,
  preempt: instance.preempt,
  preemptDelayMs: instance.preemptDelayMs,
  trackInterfaces: instance.trackInterfaces,
  isUnicast: flag.default(false),
  checksum: instance.checksum,
  announceDelayMs: instance.announceDelayMs,
  announceIntervalMs: instance.announceIntervalMs,
  neighbourWaitMs: instance.neighbourWaitMs,
  hooks: instance.hooks,
  isExternal: instance.isExternal,
  authentication: authenticationSchema.optional(),
  label: virtualAddress.shape.label,
  addressInterface: virtualAddress.shape.addressInterface,
  metrics: vrrpSchema.shape.metrics,
  scripts: vrrpSchema.shape.scripts,
  processes: vrrpSchema.shape.processes,
  control: vrrpSchema.shape.control
    .unwrap()
    .omit({ peers: true })
    .extend({ isEnabled: flag.default(true) })
    .optional(),
  trackProxy: vrrpSchema.shape.trackProxy.unwrap().optional(),
});

export const HOSTS_OF_A_PAIR = 2;

export const pairSchema = z.strictObject({
  hostname,
  alternativeHostnames: z.array(hostname).optional(),
  virtualAddress: addressWithPrefix,
  moreVirtualAddresses: z.record(otherName, virtualAddress).optional(),
  hosts: z.record(name, host).refine((hosts) => Object.keys(hosts).length === HOSTS_OF_A_PAIR, {
    error: `${HOSTS_OF_A_PAIR} hosts`,
  }),
  tls: tls.optional(),
  stats: stats.optional(),
  vrrp: vrrp.prefault({}),
  ports: z
    .strictObject({
      https: port.default(443),
      http: port.default(80),
      redirectStatus: z.number().optional(),
      clear: port.optional(),
    })
    .prefault({}),
  timeouts: proxySchema.shape.timeouts.unwrap().optional(),
  limits: proxySchema.shape.limits.unwrap().optional(),
  log: proxySchema.shape.log.unwrap().optional(),
  trustedProxies: proxySchema.shape.trustedProxies,
  proxyProtocol: z.array(addressWithPrefix).min(1, { error: "at least 1 network" }).optional(),
  defaultApp: name.optional(),
  redirectToSlash: flag.optional(),
  errorFiles: proxySchema.shape.errorFiles.unwrap().optional(),
  workers: proxySchema.shape.workers,
  tracing: proxySchema.shape.tracing.unwrap().optional(),
  uninstallOnDestroy: flag.optional(),
  detectDrift: flag.optional(),
  rawSettings: z.strictObject({ proxy: raw.optional(), vrrp: raw.optional() }).optional(),
});

/** What a program gives, with everything known. */
export type PairInput = z.input<typeof pairSchema>;
