import type { Pointer } from "bun:ffi";
import { type Backend, C_LIBRARY, type CFunctions, type CSignature, type CType, SYMBOLS } from "./symbols.ts";

/** `i64_fast` is a plain number while it fits, and sizes always do. */
const TYPES: Readonly<Record<CType, string>> = {
  int: "i32",
  uint: "u32",
  size: "u64",
  ssize: "i64_fast",
  pointer: "ptr",
};

/** The C library through `bun:ffi`. */
export async function openBunBackend(): Promise<Backend> {
  const { dlopen, ptr, read, toArrayBuffer } = await import("bun:ffi");
  const declarations = Object.entries<CSignature>(SYMBOLS).map(([name, { args, returns }]) => [
    name,
    { args: args.map((type) => TYPES[type]), returns: TYPES[returns] },
  ]);
  const { symbols } = dlopen(C_LIBRARY, {
    ...Object.fromEntries(declarations),
    // Bun has no errno of its own; glibc's is behind this function, one location per thread.
    __errno_location: { args: [], returns: "ptr" },
  });
  const errnoLocation = symbols["__errno_location"] as unknown as () => Pointer;
  return {
    functions: symbols as unknown as CFunctions,
    errno: () => read.i32(errnoLocation(), 0),
    addressOf: (bytes) => BigInt(ptr(bytes)),
    viewOf: (address, bytes) => toArrayBuffer(address as Pointer, 0, bytes),
  };
}
