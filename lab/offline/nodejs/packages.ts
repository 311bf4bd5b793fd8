import { existsSync, promises as fs } from "node:fs";
import { dirname, join } from "node:path";

/** What we read of a package.json. */
export type Manifest = {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly pulumi?: PulumiPart;
};

type PulumiPart = {
  readonly resource?: boolean;
  readonly name?: string;
  readonly version?: string;
  readonly server?: string;
  readonly parameterization?: { readonly name: string; readonly version: string; readonly value: string };
};

/** A package of npm that needs a plugin of the engine. */
export type RequiredPlugin = {
  readonly name: string;
  readonly version: string;
  readonly server: string;
  readonly parameterization: PulumiPart["parameterization"];
};

/** Plugins that the packages in reach of a program need: those with `pulumi.resource` in their package.json. */
export async function requiredPlugins(programDirectory: string): Promise<RequiredPlugin[]> {
  const plugins = new Map<string, RequiredPlugin>();
  for (const { name = "", version = "", pulumi } of await installedPackages(programDirectory)) {
    if (pulumi?.resource !== true) continue;
    const plugin = {
      name: pulumi.name ?? name.replace(/^@pulumi\//, ""),
      version: (pulumi.version ?? version).replace(/^v?/, "v"),
      server: pulumi.server ?? "",
      parameterization: pulumi.parameterization,
    };
    plugins.set(`${plugin.name} ${plugin.version} ${plugin.parameterization?.name}`, plugin);
  }
  return [...plugins.values()];
}

/** Packages that a program names, or all in its reach, with the versions that are installed. */
export async function programDependencies(
  programDirectory: string,
  scope: "direct" | "transitive",
): Promise<{ name: string; version: string }[]> {
  const { dependencies, devDependencies } = (await readManifest(programDirectory)) ?? {};
  const direct = { ...devDependencies, ...dependencies };
  const installed = new Map<string, string>();
  for (const { name = "", version = "" } of await installedPackages(programDirectory)) {
    if (!installed.has(name)) installed.set(name, version); // the nearest is the one that is loaded
  }
  const names = scope === "direct" ? Object.keys(direct) : [...installed.keys()];
  return names.sort().map((name) => ({ name, version: installed.get(name) ?? direct[name] ?? "" }));
}

/** Everything in the node_modules of a folder and of those above it, nearest first, each real folder once. */
async function installedPackages(directory: string): Promise<Manifest[]> {
  const seen = new Set<string>();
  const found: Manifest[] = [];
  for (let at = directory; ; at = dirname(at)) {
    found.push(...(await packagesIn(join(at, "node_modules"), seen)));
    if (dirname(at) === at) return found;
  }
}

async function packagesIn(nodeModules: string, seen: Set<string>): Promise<Manifest[]> {
  if (!existsSync(nodeModules)) return [];
  const names = (await fs.readdir(nodeModules)).filter((name) => !name.startsWith("."));
  const folders = await Promise.all(
    names.map(async (name) => {
      const folder = join(nodeModules, name);
      return name.startsWith("@") ? (await fs.readdir(folder)).map((inner) => join(folder, inner)) : [folder];
    }),
  );
  const manifests = await Promise.all(folders.flat().map((folder) => packageAt(folder, seen)));
  return manifests.flat();
}

async function packageAt(folder: string, seen: Set<string>): Promise<Manifest[]> {
  const real = await fs.realpath(folder).catch(() => undefined); // a link to nowhere
  if (real === undefined || seen.has(real)) return [];
  seen.add(real);
  const manifest = await readManifest(real);
  return manifest === undefined ? [] : [manifest, ...(await packagesIn(join(real, "node_modules"), seen))];
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return JSON.parse(await fs.readFile(join(folder, "package.json"), "utf8"));
  } catch {
    return undefined; // not a package
  }
}
