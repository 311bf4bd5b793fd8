import { Argument, Command } from "commander";
import { DOCUMENT_LENGTH_MAX, parseValue } from "../config/document.ts";
import type { DocumentRef } from "../config/paths.ts";
import { formatProblem } from "../config/problems.ts";
import { name as nameSchema } from "../config/values.ts";
import { gidOfGroup } from "./accounts.ts";
import { changeDocument, type Host } from "./change.ts";
import { contentOf } from "./content.ts";
import { reloadDaemons, systemdDaemons } from "./daemons.ts";
import { findDrift, formatDrift, repair } from "./drift.ts";
import { installRelease, uninstallAll } from "./install.ts";
import { withLock } from "./lock.ts";
import { failed, type Outcome } from "./outcome.ts";
import { placesBelow } from "./places.ts";
import { addProxyCommands } from "./proxy-commands.ts";
import { formatReport, readReport } from "./report.ts";
import { switchover } from "./switchover.ts";
import { addVrrpCommands } from "./vrrp-commands.ts";

// lbctl: what a component, or a person, does on a host of the pair.

const places = placesBelow("");
const host: Host = { places, daemons: systemdDaemons(places), gidOf: gidOfGroup };
const KINDS = ["proxy", "vrrp", "app", "apps", "certificate", "secret", "key"] as const;
type Kind = (typeof KINDS)[number];

const lbctl = new Command("lbctl").description("The host's side of lbpair: documents, releases, status");
const kindArgument = () => new Argument("<kind>", "what kind of document").choices(KINDS);

lbctl
  .command("apply")
  .description("check the document on standard input, put it in force, wait until the daemon runs it")
  .addArgument(kindArgument())
  .argument("[name]", "of the app, group of apps, certificate, secret or key")
  .action((kind: Kind, name: string | undefined) =>
    finish(
      withDocument(kind, name, async (ref) => {
        const content = await contentOf(places, ref, await readInput());
        if (!content.ok) return { ok: false, reasons: content.reasons };
        return withLock(places.lockFile, () => changeDocument(host, ref, content.bytes));
      }),
    ),
  );

lbctl
  .command("remove")
  .description("take a document out of force")
  .addArgument(kindArgument())
  .argument("[name]", "of the app, group of apps, certificate, secret or key")
  .action((kind: Kind, name: string | undefined) =>
    finish(withDocument(kind, name, (ref) => withLock(places.lockFile, () => changeDocument(host, ref, undefined)))),
  );

lbctl
  .command("drift")
  .description("what was changed by hand since it was applied, a line each; nothing: all is as applied")
  .action(async () => {
    process.stdout.write(formatDrift(places, await findDrift(host)));
  });

lbctl
  .command("repair")
  .description("make the host again what was applied to it")
  .action(() => finish(withLock(places.lockFile, () => repair(host))));

lbctl
  .command("install")
  .description("make an unpacked release the one that this host runs")
  .argument("<release>", "name of its directory")
  .action((release: string) =>
    finish(withName(release, () => withLock(places.lockFile, () => installRelease(places, host.daemons, release)))),
  );

lbctl
  .command("uninstall")
  .description("stop the daemons and leave the host as it was before the installation")
  .action(() => finish(withLock(places.lockFile, async () => uninstallAll(places, host.daemons))));

lbctl
  .command("status")
  .description("what the daemons of this host do")
  .option("--json", "for programs")
  .action(async (options: { json?: true }) => {
    const report = await readReport(places);
    process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : formatReport(report));
    if (typeof report.proxy === "string" || typeof report.vrrp === "string") process.exitCode = 1;
  });

lbctl
  .command("switchover")
  .description("have the other host take over the virtual addresses, as planned and without a gap")
  .argument("[instance]", "one virtual router; default: all that are Active here, or, if none is, there")
  .action((instance: string | undefined) => finish(switchover(places, instance, (line) => process.stdout.write(line))));

lbctl
  .command("reload")
  .description("have the daemons read their files again, and say what is wrong with them")
  .action(() => finish(reloadDaemons(host.daemons, (text) => process.stdout.write(text))));

addProxyCommands(lbctl, places, finish);
addVrrpCommands(lbctl, places);

await lbctl.parseAsync();

async function finish(operation: Promise<Outcome>): Promise<void> {
  const outcome = await operation.catch(
    (error: unknown): Outcome => failed(error instanceof Error ? error.message : String(error)),
  );
  if (outcome.ok) return;
  for (const reason of outcome.reasons) process.stderr.write(`lbctl: ${reason}\n`);
  process.exitCode = 1;
}

async function withDocument(
  kind: Kind,
  name: string | undefined,
  use: (ref: DocumentRef) => Promise<Outcome>,
): Promise<Outcome> {
  if (kind === "proxy" || kind === "vrrp") {
    return name === undefined ? use({ kind }) : failed(`name: got ${JSON.stringify(name)}, want none for ${kind}`);
  }
  return withName(name, (checked) => use({ kind, name: checked }));
}

async function withName(name: string | undefined, use: (name: string) => Promise<Outcome>): Promise<Outcome> {
  const parsed = parseValue(nameSchema, name);
  if (parsed.ok) return use(parsed.value);
  return failed(...parsed.problems.map((problem) => formatProblem("name", problem)));
}

async function readInput(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    text += chunk as string;
    if (text.length > DOCUMENT_LENGTH_MAX)
      throw new Error(`standard input: want at most ${DOCUMENT_LENGTH_MAX} characters`);
  }
  return text;
}
