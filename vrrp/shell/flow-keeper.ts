import { errorName } from "../../daemon/ffi/errno.ts";
import { hushTable, relayTable, type Table } from "../core/flow-rules.ts";
import type { Settings } from "../core/settings.ts";
import { encodeDeleteTable, encodeNewTable } from "../wire/nftables.ts";
import type { Link } from "../wire/rtnetlink.ts";
import type { SendResult } from "./advert-socket.ts";
import type { FilterSocket } from "./filter-socket.ts";

/**
 * Lets connections go on where they began when the addresses move as planned.
 *
 * The new Active gets all packets. Those of a connection that did not begin there are the old one's: it passes them on. The old one keeps
 * the addresses without answering for them on the link. Both by rules of the kernel's packet filter, which go with this process.
 */
export type FlowKeeper = {
  /** On the new Active: pass on what is `to`'s. */
  readonly relay: (settings: Settings, link: Link, to: string) => SendResult;
  /** On the old Active: say nothing of the addresses. */
  readonly hush: (settings: Settings) => SendResult;
  /** No rules any more. */
  readonly end: () => void;
};

/** All answers to an order are read before the next one is given. */
const SEQUENCE = 1;

export function openFlowKeeper(filter: FilterSocket): FlowKeeper {
  let made: Table | undefined;
  const end = () => {
    if (made !== undefined) filter.order(encodeDeleteTable(made.family, made.name, SEQUENCE));
    made = undefined;
  };
  const make = (table: Table): SendResult => {
    end();
    const result = filter.order(encodeNewTable(table.family, table.name, table, SEQUENCE));
    if (result < 0) return { ok: false, because: `packet filter: ${errorName(result)}` };
    made = table;
    return { ok: true };
  };
  return {
    relay: (settings, link, to) => make(relayTable(settings, link, to)),
    hush: (settings) => make(hushTable(settings)),
    end,
  };
}
