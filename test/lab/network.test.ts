import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { cacheDir } from "../../bootstrap/places.mjs";
import { openReport } from "../../bootstrap/report.mjs";
import { run } from "../../lab/command.ts";
import { downLab, type Lab, upLab } from "../../lab/lab.ts";
import { remainsOf } from "./remains.ts";

const NAME = "lbtestnet";
/** Of the machine's own network, which no lab may touch. */
const INTERFACES = ["ip", "-brief", "link"];

describe("a lab that is up", () => {
  let lab: Lab;
  let machineInterfaces = "";

  before(async () => {
    await downLab(NAME);
    machineInterfaces = (await run(INTERFACES)).stdout;
    lab = await upLab({ name: NAME, cacheDir, report: openReport(process.stderr) });
    assert.equal((await run(INTERFACES)).stdout, machineInterfaces);
  });
  after(() => downLab(NAME));

  test("no namespace of it has a route out, so nothing in it needs the internet", async () => {
    for (const namespace of ["lab", "client", "lb1", "web1"]) {
      const { stdout } = await lab.run(namespace, ["ip", "route", "show", "table", "all"]);
      assert.match(stdout, /203\.0\.113\.0\/24/, namespace);
      assert.doesNotMatch(stdout, /default|\bvia\b/, namespace);
      const out = await lab.run(namespace, ["ping", "-c", "1", "-W", "1", "192.0.2.1"]);
      assert.match(out.stderr, /unreachable/, namespace);
    }
  });

  test("the client reaches every host by IPv4 and IPv6", async () => {
    for (const host of lab.hosts) {
      for (const address of [host.address, host.address6]) {
        const { status } = await lab.run("client", ["ping", "-c", "1", "-W", "2", address]);
        assert.equal(status, 0, `${host.name} ${address}`);
      }
    }
  });

  test("every host says running, has its own name, and nothing on it failed", async () => {
    for (const host of lab.hosts) {
      const words = await lab.sh(host.name, "hostname; systemctl is-system-running; systemctl --failed --no-legend");
      assert.equal(words, `${host.name}\nrunning\n`);
    }
  });

  test("every host has its own key, and ssh with the pinned key lets root and ops in", async () => {
    assert.equal(new Set(lab.hosts.map((host) => host.hostKey)).size, lab.hosts.length);
    for (const user of ["root", "ops"]) {
      const login = await lab.run("lab", [...lab.ssh("lb1", user), "sudo id -un; hostname"]);
      assert.deepEqual(login, { status: 0, stdout: "root\nlb1\n", stderr: "" });
    }
    // The same address with another host's key must be refused.
    const wrongKey = lab.ssh("lb1").map((word) => word.replace(/^root@.*/, `root@${lab.host("lb1").address}`));
    const alias = ["-o", `HostKeyAlias=${lab.host("lb2").address}`];
    const refused = await lab.run("lab", [...wrongKey.slice(0, -1), ...alias, ...wrongKey.slice(-1), "true"]);
    assert.equal(refused.status, 255);
    assert.match(refused.stderr, /host key verification failed/i);
  });

  test("each web host answers with its own name through its own server", async () => {
    for (const host of lab.hosts.filter(({ role }) => role !== "balancer")) {
      const { stdout } = await lab.run("client", ["curl", "--silent", "--include", `http://${host.address}/`]);
      assert.match(stdout, SERVER_LINE[host.role] ?? /^never$/, host.name);
      assert.match(stdout, new RegExp(`\\b${host.name}\\b`), host.name);
    }
  });

  test("balancers run none of the image's servers, and have a second interface that reaches the other", async () => {
    assert.equal(await lab.sh("lb1", "ss -Htln | awk '{print $4}' | sort"), "0.0.0.0:22\n[::]:22\n");
    await lab.sh("lb1", "ping -c 1 -W 2 -I eth1 198.51.100.12");
  });

  test("exec hands over stdin whole and gives back status, stdout and stderr", async () => {
    const input = "x".repeat(300_000);
    assert.deepEqual(await lab.exec("web1", "wc -c; echo no >&2; exit 7", input), {
      status: 7,
      stdout: "300000\n",
      stderr: "no\n",
    });
  });

  test("a host sees its own interfaces in /sys and may set its own network's sysctls", async () => {
    assert.equal(await lab.sh("lb1", "ls /sys/class/net"), "eth0\neth1\nlo\n");
    assert.equal(
      await lab.sh("lb1", "echo 1 > /proc/sys/net/ipv4/ip_nonlocal_bind; cat /proc/sys/net/ipv4/ip_nonlocal_bind"),
      "1\n",
    );
    assert.equal(await lab.sh("lb2", "cat /proc/sys/net/ipv4/ip_nonlocal_bind"), "0\n");
  });

  test("a command entered into a host cannot set the machine's clock", async () => {
    const { status, stderr } = await lab.exec("lb1", "date --set @0");
    assert.notEqual(status, 0);
    assert.match(stderr, /not permitted/);
  });

  test("down leaves no process, mount, namespace, control group or folder", async () => {
    assert.notDeepEqual(await remainsOf(NAME), []);
    await lab.down();
    assert.deepEqual(await remainsOf(NAME), []);
    assert.equal((await run(INTERFACES)).stdout, machineInterfaces);
  });
});

const SERVER_LINE: Readonly<Record<string, RegExp>> = {
  apache: /^Server: Apache/m,
  nginx: /^Server: nginx/m,
  app: /^X-App: /m,
};
