import * as pulumi from "@pulumi/pulumi";
import { clientCertificateName } from "../config/paths.ts";
import type { BackendReferenceArgs } from "./args/proxied-app.ts";
import { permitted } from "./check.ts";
import { connectionOf, type HandleParts } from "./handle.ts";
import { mapRecord, whenKnown } from "./inputs.ts";
import { hostOf } from "./remote/connection.ts";
import { fateOptions } from "./remote/fate.ts";
import { appliedDocument, type Place } from "./remote/lbctl.ts";
import { type Connections, inOrder, orderForApps } from "./rollout.ts";
import { apart } from "./settle.ts";
import { takeTurns } from "./turns.ts";

/** An app's file on the hosts, and the one with what it shows to its backends, if it has such a certificate. */
export type AppFile = {
  readonly name: pulumi.Output<string>;
  readonly text: pulumi.Output<string>;
  readonly clientPem?: pulumi.Output<string> | undefined;
};

/**
 * Brings an app, of whichever kind, to the pair's hosts, one after the other.
 *
 * @param parent  of the commands, which begin with `prefix`
 * @param allowed  without it no host is reached
 * @returns computed when every host has it
 */
export function deployApp(
  parent: pulumi.Resource,
  prefix: string,
  pair: HandleParts,
  file: AppFile,
  allowed: pulumi.Output<true>,
): pulumi.Output<unknown> {
  const connections = permitted(allowed, pair.connections) as pulumi.Output<Connections>;
  return pulumi.all([pair.hostNames, pair.goneHosts]).apply(([hosts, gone]) => {
    const order = orderForApps(hosts, gone, connections, pair.virtualAddresses);
    const ready = pulumi.all([file.text, order, connections]).apply(([, , known]) => known);
    const last = takeTurns(ready, (turn) =>
      inOrder(hosts, order, (host, before) => {
        const connection = turn.apply((known) => connectionOf(known, host));
        // The handle waits for both hosts. When one of them is replaced, the engine deletes first what was made of it;
        // the app must stay on the other one.
        const place = { connection, machine: apart(hostOf(connection)) };
        const fate = fateOptions(gone.includes(host) ? "gone" : "cleanedUp");
        const options = { parent, dependsOn: before, ...fate };
        const certificate = appliedCertificate(`${prefix}-${host}-certificate`, file, place, options);
        const { name, text } = file;
        const dependsOn = before.apply((others) => [...others, ...certificate]);
        return appliedDocument(`${prefix}-${host}`, { kind: "app", name, text, ...place }, { ...options, dependsOn });
      }),
    );
    return pulumi.all(last.map(({ urn }) => urn));
  });
}

/** There before the app that shows it, and gone after it. */
function appliedCertificate(
  name: string,
  file: AppFile,
  place: Place,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  if (file.clientPem === undefined) return [];
  const document = { kind: "certificate" as const, name: file.name.apply(clientCertificateName) };
  return [appliedDocument(name, { ...document, text: file.clientPem, ...place }, options)];
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
