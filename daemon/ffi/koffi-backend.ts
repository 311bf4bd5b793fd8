import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { arch } from "node:process";
import { fileURLToPath } from "node:url";
import { type Backend, C_LIBRARY, type CFunctions, type CSignature, type CType, SYMBOLS } from "./symbols.ts";

const TYPES: Readonly<Record<CType, string>> = {
  int: "int",
  uint: "uint",
  size: "ulong",
  ssize: "long",
  pointer: "void *",
};

/** The addon's exports that are used here; it is loaded without koffi's own wrapper, which would look for it elsewhere. */
type KoffiAddon = {
  load(path: string): { func(name: string, result: string, args: string[]): unknown };
  errno(): number;
  address(value: unknown): bigint;
  view(address: bigint, bytes: number): ArrayBuffer;
};

/**
 * The C library through koffi.
 *
 * The addon is `native/koffi-linux-<arch>.node` beside the running file (a release), else koffi's own package (a working tree).
 */
export function openKoffiBackend(): Backend {
  const require = createRequire(import.meta.url);
  const koffi = require(addonPath(require)) as KoffiAddon;
  const library = koffi.load(C_LIBRARY);
  const functions = Object.entries<CSignature>(SYMBOLS).map(([name, { args, returns }]) => [
    name,
    library.func(
      name,
      TYPES[returns],
      args.map((type) => TYPES[type]),
    ),
  ]);
  return {
    functions: Object.fromEntries(functions) as unknown as CFunctions,
    errno: () => koffi.errno(),
    addressOf: (bytes) => BigInt(koffi.address(bytes)),
    viewOf: (address, bytes) => koffi.view(BigInt(address), bytes),
  };
}

/** Where a release keeps the addon, below its directory. */
function addonPath(require: NodeJS.Require): string {
  const released = fileURLToPath(new URL(`./native/koffi-linux-${arch}.node`, import.meta.url));
  if (existsSync(released)) return released;
  const fromKoffi = createRequire(require.resolve("koffi"));
  return fromKoffi.resolve(`@koromix/koffi-linux-${arch}/linux_${arch}/koffi.node`);
}
