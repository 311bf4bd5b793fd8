import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hashDocument, parseDocument } from "../../config/document.ts";
import { parseApp, type ServedApp } from "../../config/passthrough.ts";
import { APPS_DIR, CERTIFICATES_DIR, documentPath, SECRETS_DIR, STATS_PASSWORD } from "../../config/paths.ts";
import { formatProblem, type Problem } from "../../config/problems.ts";
import { type ProxyConfig, proxyDocument } from "../../config/proxy.ts";
import { relationProblems } from "../../config/relations.ts";
import { isStoredPassword } from "../../daemon/password.ts";
import { type Leaving, NOBODY_LEAVES } from "../core/leaving.ts";
import { authorityFault, type Certificate, certificateFault } from "./certificates.ts";

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

/** Reads and checks a configuration directory; touches nothing. All problems are reported, not only the first. */
export function loadConfiguration(directory: string): LoadedConfiguration {
  const files = readFiles(directory);
  const problems: string[] = [];
  const report = (file: string, problem: Problem) => problems.push(formatProblem(file, problem));
  const proxy = parseProxy(files, report);
  const apps = parseApps(files, report);
  checkPems(files, report);
  if (proxy === undefined) return { ok: false, problems };
  const certificates = takeCertificates(proxy, files, report);
  const statsPassword = takeStatsPassword(proxy, files, report);
  for (const problem of relationProblems(proxy, apps)) report(...placeOf(problem));
  if (problems.length > 0) return { ok: false, problems };
  const hashes = Object.fromEntries([...files].map(([path, text]) => [path, hashDocument(text)]));
  return { ok: true, configuration: { proxy, apps, leaving: NOBODY_LEAVES, certificates, statsPassword, hashes } };
}

type Files = ReadonlyMap<string, string>;
type Report = (file: string, problem: Problem) => void;

const PROXY_FILE = documentPath({ kind: "proxy" });

function readFiles(directory: string): Files {
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

function parseApps(files: Files, report: Report): ServedApp[] {
  const apps: ServedApp[] = [];
  for (const [path, text] of files) {
    if (!path.startsWith(`${APPS_DIR}/`)) continue;
    const parsed = parseApp(text);
    if (!parsed.ok) for (const problem of parsed.problems) report(path, problem);
    else if (documentPath({ kind: "app", name: parsed.value.app }) !== path) {
      report(path, { path: "app", got: JSON.stringify(parsed.value.app), want: "the name that the file has" });
    } else {
      const fault = authorityFault(parsed.value.backendTls?.caPem);
      if (fault !== undefined) report(path, { path: "backendTls.caPem", got: fault, want: "certificates in PEM" });
      apps.push(parsed.value);
    }
  }
  return apps;
}

function checkPems(files: Files, report: Report): void {
  for (const [path, text] of files) {
    if (!path.startsWith(`${CERTIFICATES_DIR}/`)) continue;
    const fault = certificateFault(text);
    if (fault !== undefined) report(path, { path: "", got: fault, want: "a certificate chain and its key in PEM" });
  }
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
function placeOf(problem: Problem): [string, Problem] {
  const app = /^apps\.([^.]+)\.(.*)$/.exec(problem.path);
  if (app === null) return [PROXY_FILE, problem];
  const [, name = "", field = ""] = app;
  return [documentPath({ kind: "app", name }), { ...problem, path: field }];
}
