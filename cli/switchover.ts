import { switchoverResultSchema } from "../config/status.ts";
import { askStatus } from "../daemon/status-socket.ts";
import { done, failed, type Outcome } from "./outcome.ts";
import { type Places, statusSocketBelow } from "./places.ts";
import { readReport } from "./report.ts";

/** One instance after the other; the daemons bound each of them themselves. */
const ANSWER_WAIT_MS = 30_000;

/** Has the VRRP daemon move its addresses to the other host, and says what moved. */
export async function switchover(
  places: Places,
  instance: string | undefined,
  tell: (line: string) => void,
): Promise<Outcome> {
  const request = { request: "switchover", ...(instance === undefined ? {} : { instance }) } as const;
  const answer = await askStatus(statusSocketBelow(places, "vrrp"), request, ANSWER_WAIT_MS);
  const result = switchoverResultSchema.safeParse(answer);
  if (!result.success) return failed(`the VRRP daemon does not know switchovers: ${JSON.stringify(answer)}`);
  for (const { instance: name, from, to, tookMs } of result.data.moved)
    tell(`${name}: ${from} -> ${to} in ${tookMs} ms\n`);
  return result.data.isOk ? done : failed(...result.data.problems);
}

/** Has the other host take over whatever this one is Active for. @returns whether it did, so that this one has nothing left */
export async function handOver(places: Places): Promise<boolean> {
  const { vrrp } = await readReport(places);
  if (typeof vrrp === "string" || vrrp.control === undefined) return false;
  const active = Object.entries(vrrp.instances).filter(([, { state }]) => state === "Active");
  for (const [instance] of active) {
    const outcome = await switchover(places, instance, () => undefined).catch(() => undefined);
    if (outcome?.ok !== true) return false;
  }
  return true;
}
