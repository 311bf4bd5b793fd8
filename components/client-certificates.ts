import type * as pulumi from "@pulumi/pulumi";
import type { AppArgs, BackendTlsArgs } from "./args/proxied-app.ts";
import type { CertificateArgs } from "./args/site.ts";
import { used, whenKnown } from "./inputs.ts";

/** What an app shows to its backends: a file of its own on the hosts. */
export type ClientCertificate = {
  /** Last part of its resources' names, after those of the component and the host. */
  readonly role: string;
  readonly app: pulumi.Input<string>;
  readonly certificate: pulumi.Input<CertificateArgs>;
};

/** An app's certificate, if it has one: known as soon as its TLS is. */
export function clientCertificates(
  role: string,
  app: pulumi.Input<string>,
  backendTls: pulumi.Input<BackendTlsArgs> | undefined,
): pulumi.Input<ClientCertificate[]> {
  const certificates = used(backendTls ?? {}, (tls: BackendTlsArgs) =>
    tls?.clientCertificate === undefined ? [] : [{ role, app, certificate: tls.clientCertificate }],
  );
  return certificates as pulumi.Input<ClientCertificate[]>;
}

/** An app's args without a key: its document is no secret. */
export function withoutKey<A extends Pick<AppArgs, "backendTls">>(app: A): A {
  const { backendTls } = app;
  return backendTls === undefined ? app : { ...app, backendTls: whenKnown(backendTls, publicTls) };
}

function publicTls({ clientCertificate, ...shown }: BackendTlsArgs): unknown {
  return clientCertificate === undefined ? shown : { ...shown, clientCertificate: true };
}
