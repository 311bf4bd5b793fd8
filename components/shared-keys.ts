import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { AUTHENTICATION_KEYS, CONTROL_KEY } from "../config/paths.ts";
import type { AuthenticationArgs } from "./args/vrrp.ts";
import { KEY } from "./authority.ts";
import { used } from "./inputs.ts";
import type { AuthenticationKindName } from "./render/authentication.ts";

/** Keys that both hosts' VRRP daemons get, by their names on the hosts. Secret. */
export type SharedKeys = Readonly<Record<string, pulumi.Output<string>>>;

/**
 * The keys of a pair: that of the control channel, and that of the advertisements if they have one.
 *
 * @param name  of the pair; what is made bears it
 */
export function sharedKeys(
  name: string,
  authentication: pulumi.Input<AuthenticationArgs> | undefined,
  options: pulumi.CustomResourceOptions,
): SharedKeys | pulumi.Output<SharedKeys> {
  const control = { [CONTROL_KEY]: madeSecret(`${name}-control-key`, options) };
  if (authentication === undefined) return control;
  return used(authentication, ({ kind, secret }) =>
    used(kind as pulumi.Input<AuthenticationKindName>, (known) => ({
      ...control,
      [AUTHENTICATION_KEYS[known]]:
        secret === undefined ? hashed(madeSecret(`${name}-vrrp-key`, options)) : pulumi.secret(secret),
    })),
  ) as SharedKeys | pulumi.Output<SharedKeys>;
}

/** A private key is a text that nobody can guess; it is never used as one. */
function madeSecret(name: string, options: pulumi.CustomResourceOptions): pulumi.Output<string> {
  return new tls.PrivateKey(name, KEY, options).privateKeyPem;
}

/** 64 characters, the longest key that HMAC-SHA256 takes as it is. */
function hashed(secret: pulumi.Output<string>): pulumi.Output<string> {
  return secret.apply((text) => createHash("sha256").update(text).digest("hex"));
}
