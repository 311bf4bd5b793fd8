import type { types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs, JumpHostArgs } from "../args/connection.ts";
import { whenKnown } from "../inputs.ts";

/** The command provider's default. */
const DEFAULT_USER = "root";

/**
 * The connection as the command provider takes it.
 *
 * Field by field: the provider answers an unknown field with a message that shows the whole connection, key included.
 */
export function connectionInput(
  connection: pulumi.Input<ConnectionArgs>,
): pulumi.Output<types.input.remote.ConnectionArgs> {
  return pulumi.secret(
    pulumi.output(connection).apply(({ proxy, ...own }) => ({
      ...endpointOf(own),
      ...(proxy === undefined ? {} : { proxy: endpointOf(proxy) }),
    })),
  ) as pulumi.Output<types.input.remote.ConnectionArgs>;
}

/** Where a connection leads to. Not secret. */
export function hostOf(connection: pulumi.Input<ConnectionArgs>): pulumi.Output<string> {
  // A plain object is not resolved as a whole, otherwise its secret key would make the address secret.
  return pulumi.unsecret(whenKnown(connection, ({ host }) => host)) as pulumi.Output<string>;
}

/** The machine's own public key. Not secret. */
export function hostKeyOf(connection: pulumi.Input<ConnectionArgs>): pulumi.Output<string> {
  return pulumi.unsecret(whenKnown(connection, ({ hostKey }) => hostKey)) as pulumi.Output<string>;
}

/** Who logs in. Not secret. */
export function userOf(connection: pulumi.Input<ConnectionArgs>): pulumi.Output<string> {
  return pulumi.unsecret(whenKnown(connection, ({ user }) => user)).apply((user) => user ?? DEFAULT_USER);
}

type Endpoint = pulumi.Unwrap<Omit<JumpHostArgs, "proxy">>;

function endpointOf(endpoint: Endpoint): Endpoint {
  const { host, port, user, hostKey, privateKey, privateKeyPassword, password, agentSocketPath } = endpoint;
  const { dialErrorLimit, perDialTimeout } = endpoint;
  const fields = {
    host,
    port,
    user,
    hostKey,
    privateKey,
    privateKeyPassword,
    password,
    agentSocketPath,
    dialErrorLimit,
    perDialTimeout,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Endpoint;
}
