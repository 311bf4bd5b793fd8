import assert from "node:assert/strict";
import { test } from "node:test";
import type { Unwrap } from "@pulumi/pulumi";
import type * as z from "zod";
import type { BackendServerArgs } from "../../components/args/backend-server.ts";
import type { LoadBalancerPairArgs } from "../../components/args/load-balancer-pair.ts";
import type { PassthroughAppArgs } from "../../components/args/passthrough-app.ts";
import type { ProxiedAppArgs } from "../../components/args/proxied-app.ts";
import type { ProxiedAppInput } from "../../components/render/app.ts";
import type { backendServerSchema } from "../../components/render/backend.ts";
import type { PairInput } from "../../components/render/pair.ts";
import type { PassthroughAppInput } from "../../components/render/passthrough.ts";

// The args interfaces are written by hand, because Pulumi reads them; the schemas check what they promise. Both must
// say the same, or an arg is refused that is documented, or taken that is not. The compiler compares them here.

/** A type as something that can be compared: every field with whether it may be left out. */
type Shape<T> = T extends readonly (infer U)[]
  ? Shape<U>[]
  : T extends object
    ? {
        [K in keyof T]-?: [
          undefined extends T[K] ? "optional" : object extends Pick<T, K> ? "optional" : "required",
          Shape<Exclude<T[K], undefined>>,
        ];
      }
    : T;
/** Without fields that exist only to say why they can't be given. */
type Visible<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T as [Exclude<T[K], undefined>] extends [never] ? never : K]: Visible<T[K]> }
    : T;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? "same" : "second has less") : "first has less";

test("the args of each component and the schema behind them are the same", () => {
  const pair: Same<Shape<Unwrap<LoadBalancerPairArgs>>, Shape<PairInput>> = "same";
  const app: Same<Shape<AppArgs>, Shape<ProxiedAppInput>> = "same";
  const passthrough: Same<Shape<PassthroughArgs>, Shape<Visible<PassthroughAppInput>>> = "same";
  const backend: Same<Shape<BackendArgs>, Shape<BackendInput>> = "same";
  assert.deepEqual([pair, app, passthrough, backend], ["same", "same", "same", "same"]);
});

/** The name has a default, so it is always there when an app is checked; the pair is a reference. */
type AppArgs = Omit<Unwrap<ProxiedAppArgs>, "app" | "loadBalancer"> & { app: string };
type PassthroughArgs = Omit<Unwrap<PassthroughAppArgs>, "app" | "loadBalancer"> & { app: string };
type BackendArgs = Omit<Unwrap<BackendServerArgs>, "loadBalancer">;
type BackendInput = Omit<z.input<typeof backendServerSchema>, "loadBalancer">;
