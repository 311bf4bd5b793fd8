import { Argument, type Command, InvalidArgumentError } from "commander";
import { BACKEND_ORDERS, type BackendOrder, orderBackend } from "./backend-order.ts";
import { listCertificates } from "./certificates.ts";
import type { Outcome } from "./outcome.ts";
import type { Places } from "./places.ts";
import { listSessions } from "./sessions.ts";

const ORDERS = "drain: bound sessions only; maint: nothing; ready; weight; shutdown: end what is under way";
const SESSIONS_MAX = 10_000;

/** Adds what an operator asks of this host's proxy, and tells it. */
export function addProxyCommands(
  lbctl: Command,
  places: Places,
  finish: (operation: Promise<Outcome>) => Promise<void>,
): void {
  const show = (text: string) => void process.stdout.write(text);

  lbctl
    .command("backend")
    .description(
      "take a backend out, let its bound sessions end, take it in again, change its weight, end its sessions",
    )
    .argument("<app>", "name of the app")
    .argument("<backend>", "name of the backend")
    .addArgument(new Argument("<order>", ORDERS).choices(BACKEND_ORDERS))
    .argument("[value]", "of a weight: 0 to 256, or percent of the document's as in 50%; none: the document's")
    .action((app: string, backend: string, order: BackendOrder, value: string | undefined) =>
      finish(orderBackend(places, app, backend, order, value, show)),
    );

  lbctl
    .command("sessions")
    .description("who is connected, and how far each request has come")
    .option("--app <name>", "of this app only")
    .option("--backend <name>", "of this backend only")
    .option("--max <number>", "at most so many", countOf, 100)
    .option("--json", "one JSON value a line")
    .action(({ json, ...wanted }: { app?: string; backend?: string; max: number; json?: true }) => {
      const form = json === true ? "json" : "text";
      return finish(listSessions(places, wanted, form, show));
    });

  lbctl
    .command("certificates")
    .description("the proxy's certificates: names, validity, issuer, fingerprint")
    .action(() => finish(listCertificates(places, show)));
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= SESSIONS_MAX) return count;
  throw new InvalidArgumentError(`want 1..${SESSIONS_MAX}`);
}
