import { join } from "node:path";
import { build } from "esbuild";

/** The programs of a release and where their sources begin. */
export const PROGRAMS = {
  "lbpair-proxy": "proxy/main.ts",
  "lbpair-vrrp": "vrrp/main.ts",
  lbctl: "cli/main.ts",
} as const;

/** What a program starts as a thread, beside it. */
const THREADS = { "lbpair-lifeline": "daemon/lifeline-thread.ts" } as const;

/** Some libraries are CommonJS and ask for `require`, which a module has not. */
const REQUIRE = [
  'import { createRequire as bundleRequire } from "node:module";',
  "const require = bundleRequire(import.meta.url);",
];

/** One file per program and thread, with everything in it that the runtime does not bring. */
export async function bundlePrograms(sources: string): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    absWorkingDir: sources,
    entryPoints: Object.entries({ ...PROGRAMS, ...THREADS }).map(([out, entry]) => ({ in: join(sources, entry), out })),
    outdir: "lib",
    write: false,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2024",
    external: ["bun:*"],
    legalComments: "eof",
    banner: { js: REQUIRE.join("\n") },
    logLevel: "silent",
  });
  return new Map(outputFiles.map(({ path, contents }) => [path.slice(path.lastIndexOf("/") + 1), contents]));
}
