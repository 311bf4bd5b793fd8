import assert from "node:assert/strict";
import { test } from "node:test";
import { HOSTS, VIRTUAL_ADDRESSES } from "../../lab/topology.ts";

test("the lab has the hosts, roles and addresses that its description promises", () => {
  const table = HOSTS.map(({ name, role, ports }) => `${name} ${role} ${ports.map((port) => port.address).join(" ")}`);
  assert.deepEqual(table, [
    "lb1 balancer 203.0.113.11 198.51.100.11",
    "lb2 balancer 203.0.113.12 198.51.100.12",
    "web1 apache 203.0.113.21",
    "web2 apache 203.0.113.22",
    "web3 apache 203.0.113.23",
    "web4 nginx 203.0.113.24",
    "web5 nginx 203.0.113.25",
    "web6 nginx 203.0.113.26",
    "web7 app 203.0.113.27",
    "web8 app 203.0.113.28",
    "web9 app 203.0.113.29",
  ]);
});

test("no host has a virtual address by itself", () => {
  const taken = HOSTS.flatMap((host) => host.ports.map((port) => port.address));
  assert.deepEqual(
    VIRTUAL_ADDRESSES.map((port) => [port.address, port.address6]),
    [
      ["203.0.113.10", "2001:db8:113::10"],
      ["203.0.113.9", "2001:db8:113::9"],
    ],
  );
  assert.equal(
    VIRTUAL_ADDRESSES.some((port) => taken.includes(port.address)),
    false,
  );
});
