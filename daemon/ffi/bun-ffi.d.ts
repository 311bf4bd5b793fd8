// The part of Bun's foreign function interface that bun-backend.ts uses.
declare module "bun:ffi" {
  export type Pointer = number & { readonly pointer: unique symbol };
  export function dlopen(
    library: string,
    symbols: Record<string, { args: readonly string[]; returns: string }>,
  ): { symbols: Record<string, (...args: never[]) => number> };
  export function ptr(bytes: NodeJS.TypedArray): Pointer;
  export function toArrayBuffer(pointer: Pointer, offset: number, bytes: number): ArrayBuffer;
  export const read: { i32(pointer: Pointer, offset: number): number };
}
