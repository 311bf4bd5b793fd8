import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { cacheDir } from "../../bootstrap/places.mjs";
import { openReport } from "../../bootstrap/report.mjs";
import { downLab, type Lab, upLab } from "../../lab/lab.ts";

const NAME = "lbtestpower";
const CARRIER = "cat /sys/class/net/eth0/carrier /sys/class/net/eth1/carrier";

describe("cables and power", () => {
  let lab: Lab;
  const ping = async (address: string) =>
    (await lab.run("client", ["ping", "-c", "1", "-W", "1", address])).status === 0;

  before(async () => {
    await downLab(NAME);
    lab = await upLab({ name: NAME, cacheDir, report: openReport(process.stderr) });
  });
  after(() => downLab(NAME));

  test("a cut host is out of reach and sees it; exec still reaches it; healed, it is back", async () => {
    const { address } = lab.host("lb1");
    assert.equal(await ping(address), true);
    await lab.cut("lb1");
    assert.equal(await ping(address), false);
    assert.equal(await lab.sh("lb1", CARRIER), "0\n0\n");
    assert.deepEqual(await lab.cuts("lb1"), ["eth0", "eth1"]);
    await lab.heal("lb1");
    assert.equal(await lab.sh("lb1", CARRIER), "1\n1\n");
    await until(() => ping(address)); // networkd sets the address again when it sees the carrier
    assert.deepEqual(await lab.cuts("lb1"), []);
  });

  test("one cable can be cut alone", async () => {
    await lab.cut("lb1", "back");
    assert.equal(await lab.sh("lb1", CARRIER), "1\n0\n");
    await lab.heal("lb1", "back");
    assert.equal(await lab.sh("lb1", CARRIER), "1\n1\n");
  });

  test("a power cut stops everything without a goodbye; the disk is there after boot, what was only in memory is not", async () => {
    const { address } = lab.host("lb2");
    await lab.sh("lb2", "echo kept > /root/kept; echo lost > /run/lost; ip address add 203.0.113.10/32 dev eth0");
    const watcher = spawn("nsenter", [...lab.enter("client").slice(1), ...TCPDUMP, "host", address, ...FAREWELLS]);
    await once(watcher.stderr, "data"); // "listening on eth0"
    const seen: Buffer[] = [];
    watcher.stdout.on("data", (chunk: Buffer) => seen.push(chunk));
    // The watcher sees a goodbye when there is one.
    assert.equal((await lab.run("client", [...lab.ssh("lb2"), "true"])).status, 0);
    await until(async () => Buffer.concat(seen).includes("Flags [F.]"));
    const connection = spawn("nsenter", [...lab.enter("client").slice(1), ...lab.ssh("lb2"), "echo up; sleep 600"]);
    connection.on("exit", () => {});
    const [firstLine] = await once(connection.stdout, "data");
    assert.equal(String(firstLine), "up\n");
    seen.length = 0;

    await lab.kill("lb2");
    assert.equal(await lab.isOn("lb2"), false);
    assert.equal((await lab.exec("lb2", "true")).status, 255);
    assert.equal(await ping(address), false);
    assert.equal(await ping("203.0.113.10"), false);
    watcher.kill();
    await once(watcher, "close");
    assert.equal(Buffer.concat(seen).toString().trim(), "", "a host without power sends no FIN or RST");
    connection.kill("SIGKILL");

    await lab.boot("lb2");
    assert.equal(await ping(address), true);
    assert.equal(await lab.sh("lb2", "cat /root/kept; ls /run/lost 2>&1 || true"), LOST);
    assert.doesNotMatch(await lab.sh("lb2", "ip -brief address"), /203\.0\.113\.10/);
  });

  test("a cut cable stays cut over a power cut", async () => {
    await lab.cut("lb2", "front");
    await lab.kill("lb2");
    await lab.boot("lb2");
    assert.equal(await lab.sh("lb2", CARRIER), "0\n1\n");
    await lab.heal("lb2");
    await until(() => ping(lab.host("lb2").address));
  });

  test("reboot on the host brings it back with its addresses of old", async () => {
    const before = await lab.sh("web1", BOOTS);
    await lab.exec("web1", "ip address add 203.0.113.9/32 dev eth0; reboot");
    await until(
      async () =>
        (await lab.exec("web1", `systemctl is-system-running --wait; ${BOOTS}`)).stdout !== `running\n${before}`,
    );
    await until(async () => (await lab.exec("web1", "systemctl is-system-running --wait")).status === 0);
    assert.equal(Number(await lab.sh("web1", BOOTS)), Number(before) + 1);
    assert.doesNotMatch(await lab.sh("web1", "ip -brief address"), /203\.0\.113\.9/);
  });

  test("boot on a host that is on changes nothing", async () => {
    const before = await lab.sh("web2", BOOTS);
    await lab.boot("web2");
    assert.equal(await lab.sh("web2", BOOTS), before);
  });
});

const BOOTS = "journalctl --list-boots --output=json | grep -o boot_id | wc -l";
const TCPDUMP = ["tcpdump", "-l", "-n", "-i", "eth0"];
const FAREWELLS = ["and", "tcp[tcpflags]", "&", "(tcp-fin|tcp-rst)", "!=", "0"];
const LOST = "kept\nls: cannot access '/run/lost': No such file or directory\n";

/** Waits for a fact that nobody announces; the file's time limit is the limit. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 100));
}
