import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fieldOf, splitApps } from "../../config/app-files.ts";
import { hashDocument, parseDocument } from "../../config/document.ts";
import { parseApp, type ServedApp } from "../../config/passthrough.ts";
import {
  APPS_DIR,
  CERTIFICATES_DIR,
  clientCertificateName,
  documentPath,
  SECRETS_DIR,
  STATS_PASSWORD,
} from "../../config/paths.ts";
import { formatProblem, type Problem } from "../../config/problems.ts";
import { type ProxyConfig, proxyDocument } from "../../config/proxy.ts";
import { relationProblems } from "../../config/relations.ts";
import { isStoredPassword } from "../../daemon/password.ts";
import { type Leaving, NOBODY_LEAVES } from "../core/leaving.ts";
import { authorityFault, type Certificate, certificateFault, revocationFault } from "./certificates.ts";

/** Everything that a proxy reads, checked and complete. */
export type Configuration = {
  readonly proxy: ProxyConfig;
  readonly apps: readonly ServedApp[];
  /** Backends that were in the apps before; the files know of none. */
  readonly leaving: Leaving;
  readonly certificates: readonly Certificate[];
  /** Stored form of the stats page's password (daemon/password.ts). */
  readonly statsPassword: string | undefined;
  /** sha256 of each file, by path below the directory. */
  readonly hashes: Readonly<Record<string, string>>;
};

export type LoadedConfiguration =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly problems: readonly string[] };

/** A file that is taken to have another text than it has, or (null) not to be there. */
export type Change = { readonly path: string; readonly text: string | null };

/** Apps by path and name, as they were read the last time: with hundreds of them, only what has changed is parsed again. */
export type KnownApps = Map<string, ReadApp>;

/**
 * Reads and checks a configuration directory; touches nothing. All problems are reported, not only the first.
 *
 * @param known  kept by the caller from one time to the next
 * @param changes  taken into account as if they were done
 */
export function loadConfiguration(
  directory: string,
  known: KnownApps = new Map(),
  changes: readonly Change[] = [],
): LoadedConfiguration {
  const files = readFiles(directory);
  for (const { path, text } of changes) {
    if (text === null) files.delete(path);
    else files.set(path, text);
  }
  const problems: string[] = [];
  const report = (file: string, problem: Problem) => problems.push(formatProblem(file, problem));
  const proxy = parseProxy(files, report);
  const placed = readApps(files, known, report).map((each) => withClientPem(each, files, report));
  const apps = placed.map(({ app }) => app);
  checkPems(files, report);
  checkAuthorities(proxy, report);
  if (proxy === undefined) return { ok: false, problems };
  const certificates = takeCertificates(proxy, files, report);
  const statsPassword = takeStatsPassword(proxy, files, report);
  for (const problem of relationProblems(proxy, apps)) report(...placeOf(problem, placed));
  if (problems.length > 0) return { ok: false, problems };
  const hashes = Object.fromEntries([...files].map(([path, text]) => [path, hashDocument(text)]));
  return { ok: true, configuration: { proxy, apps, leaving: NOBODY_LEAVES, certificates, statsPassword, hashes } };
}

type Files = ReadonlyMap<string, string>;
type Report = (file: string, problem: Problem) => void;

const PROXY_FILE = documentPath({ kind: "proxy" });

function readFiles(directory: string): Map<string, string> {
  const read = (folder: string, pattern: RegExp) =>
    list(join(directory, folder))
      .filter((file) => pattern.test(file))
      .sort()
      .map((file) => (folder === "" ? file : `${folder}/${file}`));
  const paths = [
    ...read("", /^proxy\.jsonl$/),
    ...read(APPS_DIR, /^[^.].*\.jsonl$/),
    ...read(CERTIFICATES_DIR, /^[^.].*\.pem$/),
    ...read(SECRETS_DIR, /^[^.]/),
  ];
  return new Map(paths.map((path) => [path, readFileSync(join(directory, path), "utf8")]));
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function parseProxy(files: Files, report: Report): ProxyConfig | undefined {
  const text = files.get(PROXY_FILE);
  if (text === undefined) {
    report(PROXY_FILE, { path: "", got: "nothing", want: "the proxy's document" });
    return undefined;
  }
  const parsed = parseDocument(proxyDocument, text);
  if (parsed.ok) return parsed.value;
  for (const problem of parsed.problems) report(PROXY_FILE, problem);
  return undefined;
}

/** An app, and the file that has it. */
type Placed = { readonly path: string; readonly app: ServedApp };

/** An app with what it shows to its backends: a certificate is renewed without a change of the app's file. */
function withClientPem({ path, app }: Placed, files: Files, report: Report): Placed {
  if (app.backendTls?.clientCertificate !== true) return { path, app };
  const pemPath = documentPath({ kind: "certificate", name: clientCertificateName(app.app) });
  const clientPem = files.get(pemPath);
  if (clientPem !== undefined) return { path, app: { ...app, clientPem } };
  const field = fieldOf(path, app.app, "backendTls.clientCertificate");
  report(path, { path: field, got: `no file ${pemPath}`, want: "its chain and key there" });
  return { path, app };
}

const AUTHORITIES = "certificates in PEM";

/** One app's document: what it says, or what is wrong with it. */
type ReadApp = { readonly text: string; readonly app: ServedApp | undefined; readonly problems: readonly Problem[] };

/** Apps of all files; of two with one name, the first. */
function readApps(files: Files, known: KnownApps, report: Report): Placed[] {
  const placed = new Map<string, Placed>();
  const before = new Map(known);
  known.clear();
  for (const [path, text] of files) {
    if (!path.startsWith(`${APPS_DIR}/`)) continue;
    const split = splitApps(path, text);
    for (const problem of split.ok ? [] : split.problems) report(path, problem);
    for (const [name, document] of split.ok ? split.value : []) {
      const key = `${path} ${name}`;
      const old = before.get(key);
      const { app, problems } = old?.text === document ? old : readApp(name, document);
      known.set(key, { text: document, app, problems });
      for (const problem of problems) report(path, { ...problem, path: fieldOf(path, name, problem.path) });
      const owner = placed.get(name)?.path;
      if (owner !== undefined) report(path, { path: fieldOf(path, name, "app"), ...taken(name, owner) });
      else if (app !== undefined) placed.set(name, { path, app });
    }
  }
  return [...placed.values()];
}

function taken(name: string, owner: string): Pick<Problem, "got" | "want"> {
  return { got: JSON.stringify(name), want: `a name that no app of ${owner} has` };
}

function readApp(name: string, text: string): ReadApp {
  const parsed = parseApp(text);
  if (!parsed.ok) return { text, app: undefined, problems: parsed.problems };
  const app = parsed.value;
  if (app.app !== name) {
    const problem = { path: "app", got: JSON.stringify(app.app), want: "the name that the file has" };
    return { text, app: undefined, problems: [problem] };
  }
  const fault = authorityFault(app.backendTls?.caPem);
  const problem = { path: "backendTls.caPem", got: fault ?? "", want: AUTHORITIES };
  return { text, app, problems: fault === undefined ? [] : [problem] };
}

function checkPems(files: Files, report: Report): void {
  for (const [path, text] of files) {
    if (!path.startsWith(`${CERTIFICATES_DIR}/`)) continue;
    const fault = certificateFault(text);
    if (fault !== undefined) report(path, { path: "", got: fault, want: "a certificate chain and its key in PEM" });
  }
}

function checkAuthorities(proxy: ProxyConfig | undefined, report: Report): void {
  const { caPem, crlPem } = proxy?.tls.clientCertificates ?? {};
  const fault = authorityFault(caPem);
  if (fault !== undefined) report(PROXY_FILE, { path: "tls.clientCertificates.caPem", got: fault, want: AUTHORITIES });
  const crlFault = revocationFault(crlPem);
  if (crlFault !== undefined)
    report(PROXY_FILE, {
      path: "tls.clientCertificates.crlPem",
      got: crlFault,
      want: "lists of revoked certificates in PEM",
    });
}

function takeCertificates(proxy: ProxyConfig, files: Files, report: Report): Certificate[] {
  return Object.entries(proxy.certificates)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { hostnames }]) => {
      const path = documentPath({ kind: "certificate", name });
      const pem = files.get(path);
      if (pem !== undefined) return [{ name, hostnames, pem }];
      report(PROXY_FILE, { path: `certificates.${name}`, got: `no file ${path}`, want: "its chain and key there" });
      return [];
    });
}

function takeStatsPassword(proxy: ProxyConfig, files: Files, report: Report): string | undefined {
  if (proxy.stats === undefined) return undefined;
  const path = documentPath({ kind: "secret", name: STATS_PASSWORD });
  const text = files.get(path);
  if (text !== undefined && isStoredPassword(text)) return text.trim();
  const got = text === undefined ? `no file ${path}` : `something else in ${path}`;
  report(PROXY_FILE, { path: "stats", got, want: "the hash of the password there" });
  return undefined;
}

/** File and field that a relation problem is about. */
function placeOf(problem: Problem, placed: readonly Placed[]): [string, Problem] {
  const [, name = "", field = ""] = /^apps\.([^.]+)\.(.*)$/.exec(problem.path) ?? [];
  const path = placed.find(({ app }) => app.app === name)?.path;
  return path === undefined ? [PROXY_FILE, problem] : [path, { ...problem, path: fieldOf(path, name, field) }];
}
