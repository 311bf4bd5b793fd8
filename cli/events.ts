import { eventsSchema, type JournalEvent, metricsSchema } from "../config/status.ts";
import { askStatus } from "../daemon/status-socket.ts";
import { type Places, statusSocketBelow } from "./places.ts";
import { readReport } from "./report.ts";

const ANSWER_WAIT_MS = 5_000;
/** As far back as the daemon looks for a decision. */
const EVENTS_MAX = 1_000;
/** Fields that every line has, or that the line begins with. */
const HEAD_FIELDS = new Set(["level", "time", "daemon", "event", "instance", "from", "to", "reason", "because"]);

/** The newest events of the VRRP daemon's journal, oldest of them first. */
export async function readEvents(places: Places, max: number): Promise<JournalEvent[]> {
  const answer = await askStatus(statusSocketBelow(places, "vrrp"), { request: "events", max }, ANSWER_WAIT_MS);
  return eventsSchema.parse(answer).events;
}

/** What Prometheus reads of the VRRP daemon. */
export async function readMetrics(places: Places): Promise<string> {
  const answer = await askStatus(statusSocketBelow(places, "vrrp"), { request: "metrics" }, ANSWER_WAIT_MS);
  return metricsSchema.parse(answer).text;
}

/** Which host has the addresses and why: the last decision of each instance with its evidence, and what was noted since. */
export async function explain(places: Places): Promise<string> {
  const [{ vrrp }, events] = await Promise.all([readReport(places), readEvents(places, EVENTS_MAX)]);
  if (typeof vrrp === "string") throw new Error(vrrp);
  return Object.entries(vrrp.instances)
    .map(([name, { state, because, addresses, activeAddress }]) => {
      const where = state === "Backup" && activeAddress !== null ? `, following ${activeAddress}` : "";
      const head = `${name}: ${state}${where} (${addresses.join(" ")})\nbecause ${because}\n`;
      const own = events.filter(({ instance, event }) => instance === name || event === "proxy");
      const last = own.findLastIndex(({ event }) => event === "state");
      return head + own.slice(Math.max(0, last)).map(formatEvent).join("");
    })
    .join("\n");
}

/** An event as a person reads it: time, instance, what happened, and in brackets everything else that is known. */
export function formatEvent(event: JournalEvent): string {
  const { time, instance, from, to, because } = event;
  const change = from === undefined ? [] : [`${from} -> ${to}`];
  const rest = Object.fromEntries(Object.entries(event).filter(([field]) => !HEAD_FIELDS.has(field)));
  const facts = describeFields(rest);
  const more = facts === "" ? [] : [`[${facts}]`];
  const reason = because === undefined ? [] : [`because ${because}`];
  return `${[time, ...(instance === undefined ? [] : [instance]), event.event, ...change, ...reason, ...more].join(" ")}\n`;
}

/** Names and values; evidence stands beside what else is known, and what is empty is left out. */
function describeFields(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]: [string, unknown]) => {
      if (value === null || value === "") return "";
      if (Array.isArray(value)) return value.length === 0 ? "" : `${name} ${value.map(describeValue).join("; ")}`;
      if (typeof value !== "object") return `${name} ${describeValue(value)}`;
      const inside = describeFields(value);
      return name === "evidence" || inside === "" ? inside : `${name} (${inside})`;
    })
    .filter((text) => text !== "")
    .join(", ");
}

/** A number to a tenth: what is not counted here is milliseconds. */
function describeValue(value: unknown): string {
  if (typeof value === "number") return String(Math.round(10 * value) / 10);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
