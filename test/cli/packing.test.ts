import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { archiveOf } from "../../cli/packing/archive.ts";
import { type ReleaseFile, releaseContent } from "../../cli/packing/content.ts";
import { hashDocument } from "../../config/document.ts";

const REPO = join(import.meta.dirname, "../..");
const directory = mkdtempSync(join(tmpdir(), "packing-"));
after(() => rmSync(directory, { recursive: true }));

/** Stands for the runtime: says how it was called. */
const RUNTIME = '#!/bin/sh\nprintf "%s\\n" "$@"\n';
let files: ReleaseFile[];
let unpacked: string;

before(async () => {
  const runtime = join(directory, "runtime");
  writeFileSync(runtime, RUNTIME);
  files = await releaseContent(REPO, { kind: "bun", path: runtime }, "x64");
  const archive = join(directory, "release.tar.gz");
  writeFileSync(archive, await archiveOf(files));
  unpacked = join(directory, "unpacked");
  mkdirSync(unpacked);
  execFileSync("tar", ["-xzf", archive, "-C", unpacked]);
});

test("the same content gives the same bytes", async () => {
  assert.equal(hashDocument(await archiveOf(files)), hashDocument(await archiveOf(files)));
});

test("the installer comes first and the manifest, which names every digest, last", () => {
  assert.equal(files[0]?.path, "install");
  assert.equal(files.at(-1)?.path, "manifest.json");
  const manifest = JSON.parse(Buffer.from(files.at(-1)?.bytes ?? []).toString()) as { files: Record<string, string> };
  const digests = files.slice(1, -1).map(({ path, bytes }) => [path, hashDocument(bytes)]);
  assert.deepEqual(manifest.files, Object.fromEntries(digests));
});

test("a program finds its release however it is called, and keeps the runtime from looking around", () => {
  const link = join(directory, "lbctl");
  symlinkSync(join(unpacked, "bin/lbctl"), link);
  const words = execFileSync(link, ["status", "a b"], { encoding: "utf8", cwd: "/" }).split("\n");
  const bundle = join(unpacked, "lib/lbctl.js");
  assert.deepEqual(words, ["--no-env-file", "--no-install", "--config=/dev/null", bundle, "status", "a b", ""]);
});

test("each bundle stands alone: Node runs it in an empty directory", () => {
  const empty = join(directory, "empty");
  mkdirSync(empty);
  for (const program of ["lbctl", "lbpair-proxy", "lbpair-vrrp"]) {
    writeFileSync(join(empty, "bundle.mjs"), files.find(({ path }) => path === `lib/${program}.js`)?.bytes ?? "");
    const words = program === "lbctl" ? ["--help"] : ["--check", "--config-dir", join(directory, "nowhere")];
    const { status, stderr } = spawnSync(process.execPath, ["bundle.mjs", ...words], { cwd: empty, encoding: "utf8" });
    // Without a configuration the daemons say what they miss, which takes all of their code.
    assert.equal(status, program === "lbctl" ? 0 : 1, `${program}: ${stderr}`);
    assert.doesNotMatch(stderr, /Cannot find|SyntaxError|ReferenceError/, program);
  }
});

test("the units leave the daemons little to do harm with", (t) => {
  const units = ["lbpair-proxy", "lbpair-vrrp"].map((name) => join(REPO, `cli/units/${name}.service`));
  if (spawnSync("systemd-analyze", ["--version"]).status !== 0) return t.skip("systemd-analyze is not there");
  const { status, stdout } = spawnSync("systemd-analyze", ["security", "--offline=true", "--threshold=30", ...units], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
});

test("systemd understands every line of the units", (t) => {
  if (spawnSync("systemd-analyze", ["--version"]).status !== 0) return t.skip("systemd-analyze is not there");
  for (const name of ["lbpair-proxy.service", "lbpair-vrrp.service"]) {
    const unit = join(directory, name);
    const text = Buffer.from(files.find(({ path }) => path === `units/${name}`)?.bytes ?? []).toString();
    const program = join(directory, "program");
    writeFileSync(program, "#!/bin/sh\n");
    chmodSync(program, 0o755);
    writeFileSync(unit, text.replaceAll(/\/opt\/lbpair\/current\/bin\/lbpair-(proxy|vrrp)/g, program));
    const { stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", unit], { encoding: "utf8" });
    assert.equal(
      stderr
        .split("\n")
        .filter((line) => line.includes("lbpair"))
        .join("\n"),
      "",
    );
  }
});
