import * as pulumi from "@pulumi/pulumi";
import { clientCertificateName } from "../config/paths.ts";
import type { BackendReferenceArgs } from "./args/proxied-app.ts";
import { givenCertificate } from "./certificates.ts";
import { permitted } from "./check.ts";
import type { ClientCertificate } from "./client-certificates.ts";
import { connectionOf, type HandleParts } from "./handle.ts";
import { mapRecord, used, whenKnown } from "./inputs.ts";
import { hostOf } from "./remote/connection.ts";
import { fateOptions } from "./remote/fate.ts";
import type { Place } from "./remote/host-command.ts";
import { appliedDocument } from "./remote/lbctl.ts";
import { type Connections, inOrder, orderForApps } from "./rollout.ts";
import { apart } from "./settle.ts";
import { takeTurns } from "./turns.ts";

/** A file of apps on the hosts, and those with what the apps show to their backends. */
export type AppFile = {
  /** `app`: holds one; `apps`: a group of them. */
  readonly kind: "app" | "apps";
  readonly name: pulumi.Output<string>;
  readonly text: pulumi.Output<string>;
  readonly certificates: pulumi.Input<ClientCertificate[]>;
};

/**
 * Brings apps, of whichever kind, to the pair's hosts, one after the other.
 *
 * @param parent  of the commands, which begin with `prefix`
 * @param allowed  without it no host is reached
 * @returns computed when every host has them
 */
export function deployApps(
  parent: pulumi.Resource,
  prefix: string,
  pair: HandleParts,
  file: AppFile,
  allowed: pulumi.Output<true>,
): pulumi.Output<unknown> {
  const connections = permitted(allowed, pair.connections) as pulumi.Output<Connections>;
  return pulumi.all([pair.hostNames, pair.goneHosts]).apply(([hosts, gone]) => {
    const order = orderForApps(hosts, gone, connections, pair.virtualAddresses);
    // The parent is there when all that it depends on is; who waited for its children would wait for itself.
    const ready = pulumi.all([file.text, order, connections, apart(parent.urn)]).apply(([, , known]) => known);
    const last = takeTurns(ready, (turn) =>
      inOrder(hosts, order, (host, before) => {
        const connection = turn.apply((known) => connectionOf(known, host));
        // The handle waits for both hosts. When one of them is replaced, the engine deletes first what was made of it;
        // the app must stay on the other one.
        const place = { connection, machine: apart(hostOf(connection)) };
        const fate = fateOptions(gone.includes(host) ? "gone" : "cleanedUp");
        const options = { parent, dependsOn: before, ignoreChanges: PLACE_INPUTS, ...fate };
        const certificates = appliedCertificates(`${prefix}-${host}`, file, place, options);
        const dependsOn = pulumi.all([before, certificates]).apply((resources) => resources.flat());
        const { kind, name, text } = file;
        return appliedDocument(`${prefix}-${host}`, { kind, name, text, ...place }, { ...options, dependsOn });
      }),
    );
    return pulumi.all(last.map(({ urn }) => urn));
  });
}

/**
 * On another machine an app is applied, and on the old one nothing is asked to take it away: that machine is cleaned up
 * with the pair's release, or it is not there any more.
 */
const PLACE_INPUTS = ["triggers"];

/** There before the apps that show them, and gone after them. */
function appliedCertificates(
  prefix: string,
  { certificates }: AppFile,
  place: Place,
  options: pulumi.CustomResourceOptions,
): pulumi.Input<pulumi.Resource[]> {
  const applied = used(certificates, (known) =>
    known.map(({ role, app, certificate }) => {
      const document = { kind: "certificate" as const, name: whenKnown(app, clientCertificateName) };
      const text = givenCertificate(certificate).pem;
      return appliedDocument(`${prefix}-${role}`, { ...document, text, ...place }, options);
    }),
  );
  return applied as pulumi.Input<pulumi.Resource[]>;
}

type GivenBackend = { server?: pulumi.Input<BackendReferenceArgs> };

/** Backends with BackendServers replaced by what is needed of them: outputs keep resources as they are. */
export function plainBackends<B extends GivenBackend>(
  backends: pulumi.Input<{ [name: string]: pulumi.Input<B> }>,
): pulumi.Input<{ [name: string]: pulumi.Input<B> }> {
  return whenKnown(backends, (map) => mapRecord(map, plainBackend)) as pulumi.Output<unknown> as pulumi.Output<{
    [name: string]: pulumi.Input<B>;
  }>;
}

function plainBackend<B extends GivenBackend>(backend: pulumi.Input<B>): pulumi.Input<B> {
  return whenKnown(backend, (known) => {
    if (known?.server === undefined) return known;
    return { ...known, server: whenKnown(known.server, (server) => ({ address: server?.address })) };
  }) as pulumi.Input<B>;
}
