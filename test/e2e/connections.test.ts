import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { Watch } from "../../lab/client/watch.ts";
import { runOrThrow } from "../../lab/command.ts";
import type { Lab } from "../../lab/lab.ts";
import type { ConnectionArgs } from "../../provider/index.ts";
import { openTestLab } from "../runner/test-lab.ts";
import { openTestStack, type TestStack } from "./lib/engine.ts";
import { assertAllAnswered, startLoad } from "./lib/load.ts";
import { APP, BALANCERS, settledHolder, virtualAddress } from "./lib/pair.ts";
import { siteProgram } from "./lib/site.ts";

// Every way to log in that a connection knows, on two hosts at once: what changes a host and what only asks it.

const PASSWORD = "of-the-operator 1";
const PASSPHRASE = "of-the-key 2";
const directory = mkdtempSync(join(tmpdir(), "lbpair-connections-"));
const agentSocket = join(directory, "agent");
const lockedKey = join(directory, "locked");

let lab: Lab;
let site: TestStack;
let agent: ChildProcess;
let load: Watch;

const SSHD = "/etc/ssh/sshd_config.d/lbpair-test.conf";

before(async () => {
  lab = await openTestLab();
  agent = spawn("ssh-agent", ["-D", "-a", agentSocket], { stdio: ["ignore", "pipe", "inherit"] });
  await once(agent.stdout as NodeJS.ReadableStream, "data");
  await runOrThrow(["env", `SSH_AUTH_SOCK=${agentSocket}`, "ssh-add", "-q", lab.privateKeyPath]);
  writeFileSync(lockedKey, lab.privateKey, { mode: 0o600 });
  await runOrThrow(["ssh-keygen", "-q", "-p", "-N", PASSPHRASE, "-f", lockedKey]);
  for (const host of BALANCERS) {
    await lab.sh(host, `printf 'Port 22\\nPort 2222\\nPasswordAuthentication yes\\n' >${SSHD}; systemctl restart ssh`);
    await lab.sh(host, `getent shadow ops | cut -d: -f2 >/run/shadow-of-ops; chpasswd`, `ops:${PASSWORD}`);
  }
  site = await openTestStack(lab, "connections", programWith(atFirst));
});
after(async () => {
  await site.stack.destroy({ color: "never" });
  site.close();
  agent.kill();
  for (const host of BALANCERS)
    await lab.sh(
      host,
      `rm ${SSHD}; systemctl restart ssh; usermod -p "$(cat /run/shadow-of-ops)" ops; rm /run/shadow-of-ops`,
    );
  rmSync(directory, { recursive: true });
});

type Connections = (host: (name: string) => Pick<ConnectionArgs, "host" | "hostKey">) => {
  readonly lb1: ConnectionArgs;
  readonly lb2: ConnectionArgs;
};

/** A user with a password who may use sudo, on another port, behind a jump host; and an agent. */
const atFirst: Connections = (at) => ({
  lb1: {
    ...at("lb1"),
    port: 2222,
    user: "ops",
    password: pulumi.secret(PASSWORD),
    proxy: { ...at("web7"), privateKey: pulumi.secret(lab.privateKey) },
  },
  lb2: { ...at("lb2"), agentSocketPath: agentSocket },
});

/** The other way round, and a key with a passphrase. */
const later: Connections = (at) => ({
  lb1: {
    ...at("lb1"),
    privateKey: pulumi.secret(readFileSync(lockedKey, "utf8")),
    privateKeyPassword: pulumi.secret(PASSPHRASE),
  },
  lb2: { ...at("lb2"), user: "ops", agentSocketPath: agentSocket, port: 2222 },
});

function programWith(connections: Connections) {
  return () => {
    const { lb1, lb2 } = connections((name) => ({ host: lab.host(name).address, hostKey: lab.host(name).hostKey }));
    return siteProgram(lab, APP, { pair: { hosts: { lb1: { connection: lb1 }, lb2: { connection: lb2 } } } })();
  };
}

async function users(): Promise<string[]> {
  const logins = BALANCERS.map((host) =>
    lab.sh(host, "journalctl -u ssh -o cat --since -5min | grep -o 'Accepted [a-z]* for [a-z]*' | sort -u"),
  );
  return Promise.all(logins);
}

test("password, jump host, port and sudo on one host, an agent on the other", async () => {
  const { outputs } = await site.stack.up({ color: "never" });
  const caPath = join(directory, "ca.pem");
  writeFileSync(caPath, String(outputs["caCertificate"]?.value));
  await settledHolder(lab);
  load = startLoad(lab, { hostname: "example.com", address: virtualAddress(lab), caPath }, "/app/");
  for (const host of BALANCERS) assert.match(await lab.sh(host, "lbctl status"), /app {7}app \/app\//);
  const [lb1 = "", lb2 = ""] = await users();
  assert.match(lb1, /Accepted (password|keyboard-interactive) for ops/);
  assert.match(lb2, /Accepted publickey for root/);
  assert.deepEqual(Object.keys(await site.changes()), ["same"]);
});

test("a key with a passphrase, and sudo for a user of the agent; nothing changes on the hosts", async () => {
  const inodes = () => Promise.all(BALANCERS.map((host) => lab.sh(host, "ls -i /etc/lbpair /etc/lbpair/*")));
  const before = await inodes();
  site.setProgram(programWith(later));
  await site.stack.up({ color: "never" });
  assert.deepEqual(await inodes(), before);
  const [lb1 = "", lb2 = ""] = await users();
  assert.match(lb1, /Accepted publickey for root/);
  assert.match(lb2, /Accepted publickey for ops/);
});

test("a host that shows another key than the pinned one is not changed", async () => {
  const wrong: Connections = (at) => {
    const { lb1, lb2 } = later(at);
    return { lb1: { ...lb1, hostKey: lab.host("lb2").hostKey, dialErrorLimit: 1 }, lb2: { ...lb2, dialErrorLimit: 1 } };
  };
  site.setProgram(programWith(wrong));
  await assert.rejects(site.stack.up({ color: "never" }), /host key mismatch/);
  site.setProgram(programWith(later));
  await site.stack.up({ color: "never" });
});

test("a client was answered while the ways to log in changed", () => assertAllAnswered(load));
