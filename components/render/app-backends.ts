import * as z from "zod";
import { type Problem, showValue } from "../../config/problems.ts";
import { hostPort, splitHostPort } from "../../config/values.ts";

// Backends as apps of either kind give them: by an address, or by a BackendServer.

/** What is needed of a BackendServer. */
export const backendReference = z.strictObject({ address: hostPort });

type Given = { readonly address?: string | undefined; readonly server?: { readonly address: string } | undefined };

/** Refuses a backend that is given in both ways, or in none. */
export function isGivenOnce({ address: input, server }: Given, context: z.RefinementCtx): void {
  if ((input === undefined) !== (server === undefined)) return;
  const want = server === undefined ? "an address, or a server" : "nothing, because server is given";
  context.addIssue({ code: "custom", path: ["address"], input, message: want });
}

/** Backends by their addresses. */
export function resolvedBackends<B extends Given>(
  backends: Readonly<Record<string, B>>,
): Record<string, Omit<B, "server" | "address"> & { address: string }> {
  const resolved = Object.entries(backends).map(([name, { server, address, ...fields }]) => [
    name,
    { ...fields, address: address ?? server?.address ?? "" },
  ]);
  return Object.fromEntries(resolved) as Record<string, Omit<B, "server" | "address"> & { address: string }>;
}

/** Backends that are one: half of what each gets is counted as the other's. One whose address is not known is none. */
export function repeatedAddresses(backends: Readonly<Record<string, { readonly address: string }>>): Problem[] {
  const known = Object.entries(backends).filter(([, { address }]) => address !== "");
  return repeated(known, ({ address }) => placeOf(address)).map(({ name, owner }) => ({
    path: `backends.${name}.address`,
    got: showValue("", backends[name]?.address),
    want: `one that backend "${owner}" does not have`,
  }));
}

/** Members that have the key of one before them. */
export function repeated<T>(
  members: readonly (readonly [string, T])[],
  keyOf: (member: T, name: string) => string,
): { readonly name: string; readonly owner: string }[] {
  const owners = new Map<string, string>();
  return members.flatMap(([name, member]) => {
    const key = keyOf(member, name);
    const owner = owners.get(key);
    owners.set(key, owner ?? name);
    return owner === undefined ? [] : [{ name, owner }];
  });
}

function placeOf(address: string): string {
  const place = splitHostPort(address);
  return place === undefined ? address : `${place.host.toLowerCase()} ${place.port}`;
}
