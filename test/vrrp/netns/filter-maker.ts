// Does one thing after the other to the packet filter, at each SIGUSR2.

import { openLibc } from "../../../daemon/ffi/libc.ts";
import type { Settings } from "../../../vrrp/core/settings.ts";
import { openFilterSocket } from "../../../vrrp/shell/filter-socket.ts";
import { openFlowKeeper } from "../../../vrrp/shell/flow-keeper.ts";
import type { Link } from "../../../vrrp/wire/rtnetlink.ts";

const keeper = openFlowKeeper(openFilterSocket(await openLibc()));
const settings = { name: "edge", family: 4, addresses: [{ address: "192.0.2.100" }] } as unknown as Settings;
const link = { index: 2 } as Link;

const relay = () => console.log(`relay: ${keeper.relay(settings, link, "192.0.2.11").ok}`);
const steps = [
  relay,
  () => console.log(`hush: ${keeper.hush(settings).ok}`),
  () => {
    keeper.end();
    console.log("end: true");
  },
  relay,
];
process.on("SIGUSR2", () => steps.shift()?.());
setInterval(() => undefined, 60_000);
console.log("ready");
