// Installs the Pulumi CLI with the installer that the Automation API brings
// along: node pulumi-official.mjs <folder>. A program of its own,
// because it needs node_modules, which run.mjs must do without.
import { mkdir } from "node:fs/promises";

const INSTALLER = "https://get.pulumi.com/install.sh";
const PROBE_TIMEOUT_MS = 5_000;

const [root = ""] = process.argv.slice(2);

try {
  await fetch(INSTALLER, { method: "HEAD", signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
} catch {
  process.exit(1); // out of reach: the caller's next choice is to build the CLI
}
const { PulumiCommand } = await import("@pulumi/pulumi/automation/index.js");
await mkdir(root, { recursive: true });
// Without a version it takes the SDK's own, which package.json pins to the CLI's.
await PulumiCommand.install({ root });
