import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { whyNoGo } from "../../bootstrap/go.mjs";
import { pythonDir, repoDir, sdkDir } from "../../bootstrap/places.mjs";
import type { Lab } from "../../lab/lab.ts";
import { expectSuccess } from "../../lab/pulumi-stack.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { type Language, openExample } from "./lib/example.ts";

// The same pair, declared in each language, deployed by the CLI from the example's own files.

let lab: Lab;
before(async () => {
  lab = await openTestLab();
});

/** The same in every language. */
let resources: string | undefined;

for (const language of ["yaml", "python", "go"] as const) {
  test(`the minimal pair in ${language}: preview, up, a request, destroy`, async (context) => {
    const reason = await whyNot(language);
    if (reason !== undefined) return context.skip(reason);
    const { stack, close } = await openExample(lab, language);
    try {
      const preview = await expectSuccess(stack.pulumi(["preview"], "kept"), "pulumi preview");
      const count = /\+ (\d+) to create/.exec(preview.stdout)?.[1];
      assert.equal(count, resources ?? count);
      resources = count;
      try {
        await expectSuccess(stack.pulumi(["up", "--yes", "--skip-preview"], "kept"), "pulumi up");
        const outputs = JSON.parse((await stack.pulumi(["stack", "output", "--json"], "kept")).stdout);
        assert.equal(outputs.url, "https://example.com/shop/");
        const { app, path } = JSON.parse(await get(outputs.url, outputs.caCertificate));
        assert.match(`${app} ${path}`, /^web[78] \/$/);
        const again = await expectSuccess(stack.pulumi(["preview", "--expect-no-changes"], "kept"), "pulumi preview");
        assert.match(again.stdout, /unchanged/);
      } finally {
        await expectSuccess(stack.pulumi(["destroy", "--yes", "--skip-preview"], "kept"), "pulumi destroy");
      }
      for (const host of ["lb1", "lb2"]) assert.notEqual((await lab.exec(host, "ls /etc/lbpair")).status, 0);
    } finally {
      close();
    }
  });
}

test("the generated SDK for Node is sound TypeScript", async (context) => {
  const directory = join(sdkDir, "nodejs");
  if (!existsSync(directory)) return context.skip(`sdk/nodejs was not made: its generator ${await whyNoGo()}`);
  const module = ["--module", "nodenext", "--moduleResolution", "nodenext", "--target", "es2022", "--types", "node"];
  const flags = ["--ignoreConfig", "--noEmit", "--strict", "--skipLibCheck", ...module];
  const tsc = join(repoDir, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...flags, "index.ts"], {
    cwd: directory,
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
});

/** Why a language can't be tried on this machine. */
async function whyNot(language: Language): Promise<string | undefined> {
  if (language === "yaml") return undefined;
  if (!existsSync(join(sdkDir, language))) return `sdk/${language} was not made: its generator ${await whyNoGo()}`;
  if (language === "python") return existsSync(pythonDir) ? undefined : "no Python packages: run npm test";
  const reason = await whyNoGo();
  return reason === undefined ? undefined : `a Go program ${reason}`;
}

/** As a user asks: from beyond the switch, by name, with the certificate checked. */
async function get(url: string, caCertificate: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "lbpair-ca-"));
  try {
    const caFile = join(directory, "ca.pem");
    writeFileSync(caFile, caCertificate);
    const resolve = `example.com:443:${lab.virtualAddresses[0]?.address}`;
    const argv = ["curl", "--silent", "--show-error", "--fail", "--max-time", "5", "--cacert", caFile];
    const { status, stdout, stderr } = await lab.run("client", [...argv, "--resolve", resolve, url]);
    assert.equal(status, 0, stderr);
    return stdout;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
