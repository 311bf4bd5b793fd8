import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { after, before, test } from "node:test";
import { must } from "../offline/plugin.ts";
import { playScenario, recorded } from "../offline/recorded.ts";
import { COMMAND, openStage, type Stage, type Target } from "../offline/scenario-stage.ts";
import { openTestLab } from "../runner/test-lab.ts";

// The offline `command` plugin against the sshd of a Debian host. Not a balancer, so that
// no other test is in the way.

const lab = await openTestLab();
const target = (name: string): Target => {
  const { address, hostKey } = lab.host(name);
  return { host: address, port: 22, user: "root", privateKey: lab.privateKey, hostKey };
};

let stage: Stage;
before(async () => {
  stage = await openStage(target("web9"));
});
after(() => stage.close());

for (const name of Object.keys(recorded)) {
  test(`answers as the official plugin 1.2.1: ${name}`, () => playScenario(name, stage));
}

test("a host is reached through another", async () => {
  const { address } = lab.host("web8");
  const proxy = { ...target("web8"), dialErrorLimit: 1, perDialTimeout: 5 };
  const connection = { ...stage.connection(), proxy };
  const { out } = must(await stage.plugin.create(COMMAND, { connection, create: "echo $SSH_CLIENT" }));
  strictEqual(String(out["stdout"]).split(" ")[0], address);
});

test("an agent's key lets in", async () => {
  const script = 'eval "$(ssh-agent)" >&2; ssh-add "$0" >&2 || exit 1; echo "$SSH_AUTH_SOCK $SSH_AGENT_PID"';
  const started = await lab.run("lab", ["sh", "-c", script, lab.privateKeyPath]);
  const [agentSocketPath = "", pid] = started.stdout.trim().split(" ");
  try {
    const { host, port, user, hostKey } = target("web9");
    const connection = { host, port, user, hostKey, agentSocketPath, dialErrorLimit: 0, perDialTimeout: 5 };
    const { out } = must(await stage.plugin.create(COMMAND, { connection, create: "id -un" }));
    strictEqual(out["stdout"], "root");
  } finally {
    process.kill(Number(pid));
  }
});

test("a copy of megabytes arrives whole", async () => {
  const text = "0123456789abcdef".repeat(1 << 18);
  const source = { "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17", hash: "1", text };
  must(
    await stage.plugin.create("command:remote:CopyToRemote", {
      connection: stage.connection(),
      source,
      remotePath: "/tmp/lbx-large",
    }),
  );
  deepStrictEqual(await stage.see("wc -c < /tmp/lbx-large; rm /tmp/lbx-large"), String(text.length));
});

test("a host whose cable is cut is given up after its attempts", async () => {
  await lab.cut("web9");
  try {
    const connection = stage.connection({ dialErrorLimit: 1, perDialTimeout: 1 });
    const answer = await stage.plugin.create(COMMAND, { connection, create: "true" });
    const { host } = stage.target;
    deepStrictEqual(answer, { error: `after 1 failed attempts: dial tcp ${host}:22: i/o timeout` });
  } finally {
    await lab.heal("web9");
  }
});
