import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PART_BYTES_MAX, programsPart, runtimeParts } from "../../cli/packing/archive.ts";
import { type ReleaseFile, releaseContent } from "../../cli/packing/content.ts";
import { writeRelease } from "../../cli/packing/release-folder.ts";
import { hashDocument } from "../../config/document.ts";

const REPO = join(import.meta.dirname, "../..");
const directory = mkdtempSync(join(tmpdir(), "packing-"));
after(() => rmSync(directory, { recursive: true }));

/** Stands for the runtime: says how it was called. */
const RUNTIME = '#!/bin/sh\nprintf "%s\\n" "$@"\n';
let files: ReleaseFile[];
let unpacked: string;

async function partsOf(all: readonly ReleaseFile[]): Promise<Buffer[]> {
  const runtime = all.at(-1);
  assert.ok(runtime);
  return [await programsPart(all), ...(await runtimeParts(runtime))];
}

before(async () => {
  const runtime = join(directory, "runtime");
  writeFileSync(runtime, RUNTIME);
  files = await releaseContent(REPO, { kind: "bun", path: runtime }, "x64");
  const archive = join(directory, "release.tar.gz");
  writeFileSync(archive, Buffer.concat(await partsOf(files)));
  unpacked = join(directory, "unpacked");
  mkdirSync(unpacked);
  execFileSync("tar", ["-xzf", archive, "-C", unpacked]);
});

test("the same content gives the same bytes", async () => {
  assert.equal(hashDocument(Buffer.concat(await partsOf(files))), hashDocument(Buffer.concat(await partsOf(files))));
});

test("the installer comes first and is read out of the first part alone", async () => {
  assert.equal(files[0]?.path, "install");
  const first = join(directory, "1");
  writeFileSync(first, (await partsOf(files))[0] ?? "");
  const text = execFileSync("tar", ["-xzOf", first, "--occurrence=1", "install"], { encoding: "utf8" });
  assert.equal(text, readFileSync(join(REPO, "cli/packing/install.sh"), "utf8"));
});

test("the installer refuses a machine that the release is not for, before it looks at the archive", () => {
  const script = readFileSync(join(REPO, "cli/packing/install.sh"), "utf8");
  const words = ["-c", script, "lbpair 1.2.3", directory, "0".repeat(64), "mips", "1"];
  const { status, stderr } = spawnSync("sh", words, { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /^lbpair 1\.2\.3: got a release for mips on a host that is (x64|arm64): set the host's arch/);
});

test("the manifest names the digest of everything but the installer and itself", () => {
  const own = ["install", "manifest.json"];
  const about = files.find(({ path }) => path === "manifest.json")?.bytes ?? new Uint8Array();
  const manifest = JSON.parse(Buffer.from(about).toString()) as { files: Record<string, string> };
  const digests = files
    .filter(({ path }) => !own.includes(path))
    .map(({ path, bytes }): [string, string] => [path, hashDocument(bytes)]);
  assert.deepEqual(manifest.files, Object.fromEntries(digests));
});

test("a runtime is cut into parts that, joined with the programs, are the archive", async () => {
  const bytes = randomBytes(PART_BYTES_MAX + 1); // does not compress
  const parts = await partsOf(files.map((file) => (file.path === "runtime/bun" ? { ...file, bytes } : file)));
  assert.equal(parts.length, 3);
  const archive = Buffer.concat(parts);
  const listed = execFileSync("tar", ["-tzf", "-"], { input: archive, encoding: "utf8" }).trim().split("\n");
  assert.deepEqual(
    listed.filter((name) => !name.endsWith("/")),
    files.map(({ path }) => path),
  );
  const runtime = execFileSync("tar", ["-xzOf", "-", "runtime/bun"], { input: archive, maxBuffer: 2 * bytes.length });
  assert.ok(runtime.equals(bytes));
});

test("a release that is built already is not built again, and one with fewer parts leaves none behind", async () => {
  const out = join(directory, "out");
  const about = { version: "1.2.3", architecture: "arm64" } as const;
  const { folder, bytes } = await writeRelease(out, files, about);
  assert.ok(bytes > 0);
  assert.deepEqual(readdirSync(folder).sort(), ["1", "2", "release.json"]);
  const { sha256, parts } = JSON.parse(readFileSync(join(folder, "release.json"), "utf8"));
  const joined = Buffer.concat([1, 2].map((part) => readFileSync(join(folder, String(part)))));
  assert.deepEqual([sha256, parts], [hashDocument(joined), 2]);
  assert.equal((await writeRelease(out, files, about)).bytes, 0);
  writeFileSync(join(folder, "3"), "of a longer one");
  const runtime = readFileSync(join(folder, "2"));
  const other = files.map((file) => (file.path === "LICENSE" ? { ...file, bytes: Buffer.from("other") } : file));
  assert.ok((await writeRelease(out, other, about)).bytes > 0);
  assert.deepEqual(readdirSync(folder).sort(), ["1", "2", "release.json"]);
  // A new version of the programs leaves the runtime's parts as they are: they need not be copied to the hosts again.
  assert.ok(readFileSync(join(folder, "2")).equals(runtime));
  assert.deepEqual(
    execFileSync("sh", ["-c", 'cat "$0"/1 "$0"/2 | tar -xzO LICENSE', folder], { encoding: "utf8" }),
    "other",
  );
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

test("the units leave the daemons little to do harm with", () => {
  const units = ["lbpair-proxy", "lbpair-vrrp"].map((name) => join(REPO, `cli/units/${name}.service`));
  const { status, stdout } = spawnSync("systemd-analyze", ["security", "--offline=true", "--threshold=30", ...units], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
});

test("systemd understands every line of the units", () => {
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
