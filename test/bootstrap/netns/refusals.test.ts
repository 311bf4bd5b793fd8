import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { cacheDir, repoDir } from "../../../bootstrap/places.mjs";

// Machines on which the bootstrap must refuse, made from this one: another
// user, another /etc/os-release, no network, no Go.

const RUN = [process.execPath, join(repoDir, "bootstrap", "run.mjs")];
const HOME = mkdtempSync(join(tmpdir(), "lbpair-refusals-"));
/** The caches that are there, so that only what a case takes away is missing. */
const ENV = {
  HOME,
  XDG_CACHE_HOME: join(cacheDir, ".."),
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
};

describe("the bootstrap refuses in one sentence", { skip: process.getuid?.() === 0 ? false : "needs root" }, () => {
  after(() => rmSync(HOME, { recursive: true }));

  test("a verb that it does not know", () => {
    assert.deepEqual(refused([...RUN, "dance"]), {
      status: 2,
      lines: ['bootstrap: verb: got "dance", want one of check build sdk lab demo test bench'],
    });
  });

  test("somebody who is not root", () => {
    // Root's Node and checkout may stand where nobody else may look.
    const copy = 'mount -t tmpfs t /mnt && cp "$0" /mnt/node && cp -r "$1" /mnt/bootstrap && cd /mnt';
    const asNobody = "exec setpriv --reuid=65534 --regid=65534 --clear-groups ./node bootstrap/run.mjs lab up";
    const places = [process.execPath, join(repoDir, "bootstrap")];
    assert.deepEqual(refused(["unshare", "--mount", "sh", "-c", `${copy} && ${asNobody}`, ...places]), {
      status: 1,
      lines: [
        "lbpair: npm run lab boots real hosts in network namespaces, which needs root: run it as root or with sudo",
      ],
    });
  });

  test("a machine that is not Debian 12 or newer", () => {
    const release = join(HOME, "os-release");
    writeFileSync(release, 'ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\n');
    const argv = [
      "unshare",
      "--mount",
      "sh",
      "-c",
      'mount --bind "$0" /etc/os-release && exec "$@"',
      release,
      ...RUN,
      "test",
    ];
    assert.deepEqual(refused(argv), {
      status: 1,
      lines: [
        "lbpair: npm run test boots real hosts, which needs Debian 12 or newer, and this is Debian GNU/Linux 11 (bullseye)",
      ],
    });
  });

  test("a machine without a network, when something has to be fetched", () => {
    const env = { ...ENV, XDG_CACHE_HOME: join(HOME, "empty") };
    const { status, lines } = refused(["unshare", "--net", ...RUN, "build"], env);
    assert.equal(status, 1);
    assert.match(
      lines.at(-1) ?? "",
      /^lbpair: the npm registry does not answer \(\w+\): the first run needs a network/,
    );
    assert.equal(lines.length, 1);
  });

  test("a machine that would have to build the Pulumi CLI and has no Go", () => {
    const argv = [
      "unshare",
      "--net",
      "--mount",
      "sh",
      "-c",
      '[ ! -d /usr/local/go ] || mount -t tmpfs t /usr/local/go; exec "$@"',
      "sh",
      ...RUN,
      "demo",
    ];
    const { status, lines } = refused(argv);
    assert.equal(status, 1);
    assert.match(lines.at(-1) ?? "", /building its CLI needs Go 1\.26 or newer, but this machine has none/);
  });
});

function refused(argv: readonly string[], env: NodeJS.ProcessEnv = ENV): { status: number | null; lines: string[] } {
  const [program = "", ...args] = argv;
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env });
  return { status, lines: `${stdout}${stderr}`.trim().split("\n") };
}
