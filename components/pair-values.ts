import * as pulumi from "@pulumi/pulumi";
import type { HostArgs, LoadBalancerPairArgs } from "./args/load-balancer-pair.ts";
import type { TlsArgs } from "./args/site.ts";
import type { VrrpArgs } from "./args/vrrp.ts";
import { namesOf } from "./given-certificate.ts";
import { mapRecord, whenKnown } from "./inputs.ts";
import { hostOf } from "./remote/connection.ts";
import type { CertificateField, PairValues } from "./render/pair-values.ts";

/** The values that a pair's documents are made of, taken out of its args without touching a secret. */
export function publicValues(args: LoadBalancerPairArgs): pulumi.Output<PairValues> {
  const { hosts, tls, stats, vrrp, ...rest } = args;
  return pulumi.output({
    ...rest,
    hosts: whenKnown(hosts, (known) => mapRecord(known, publicHost)),
    ...(stats === undefined ? {} : { stats: whenKnown(stats, ({ password: _, ...shown }) => shown) }),
    ...(tls === undefined
      ? {}
      : {
          tls: whenKnown(tls, publicTls),
          certificates: whenKnown(tls, ({ moreCertificates }) => namesOfEach(moreCertificates)),
        }),
    ...(vrrp === undefined ? {} : { vrrp: whenKnown(vrrp, publicVrrp) }),
  }) as pulumi.Output<unknown> as pulumi.Output<PairValues>;
}

function publicTls(tls: TlsArgs): Omit<TlsArgs, CertificateField> {
  const {
    certificate: _,
    moreCertificates: _more,
    authority: _ca,
    validityHours: _v,
    earlyRenewalHours: _e,
    ...shown
  } = tls;
  return shown;
}

function publicVrrp({ authentication, ...shown }: VrrpArgs): unknown {
  if (authentication === undefined) return shown;
  return { ...shown, authentication: whenKnown(authentication, ({ secret: _, ...rest }) => rest) };
}

/** The names of each further certificate: those it is issued for, or those that it says itself. */
function namesOfEach(certificates: TlsArgs["moreCertificates"]): pulumi.Input<Record<string, pulumi.Input<string[]>>> {
  return whenKnown(certificates, (known) =>
    mapRecord(known ?? {}, (certificate) =>
      pulumi.unsecret(
        whenKnown(certificate, ({ hostnames, certificatePem }) =>
          certificatePem === undefined ? hostnames : pulumi.output(certificatePem).apply(namesOf),
        ),
      ),
    ),
  ) as pulumi.Output<Record<string, pulumi.Input<string[]>>>;
}

function publicHost(host: pulumi.Input<HostArgs>): pulumi.Output<unknown> {
  return whenKnown(host, ({ connection, ...shown }) => ({ ...shown, address: hostOf(connection) }));
}
