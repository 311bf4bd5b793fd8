import * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output.js";
import type { Problem } from "../config/problems.ts";
import type { BackendLoggingArgs, BackendServerArgs } from "./args/backend-server.ts";
import type { ConnectionArgs } from "./args/connection.ts";
import { permission, permitted, problemsOfArgs, type Rules } from "./check.ts";
import { type HandleParts, handleParts } from "./handle.ts";
import { isPlain, whenKnown } from "./inputs.ts";
import { backendLog } from "./remote/backend-log.ts";
import {
  type BackendServerInput,
  backendServerProblems,
  type ManagedServerName,
  type WebServerName,
} from "./render/backend.ts";
import { renderBackendLog } from "./render/backend-log.ts";
import { renderLogSnippet } from "./render/log-snippets.ts";

/** User-Agent of health checks, unless the app says otherwise (config/app.ts). */
const HEALTH_CHECK_USER_AGENT = "HAProxy";

/** A server that apps use as a backend, and its access log if wanted. */
export class BackendServer extends pulumi.ComponentResource {
  /** Address and port on which it serves. */
  readonly address: pulumi.Output<string>;
  /** What makes its web server's log show the clients' addresses and leave out health checks, to be put into its configuration by hand; empty without `logging`. */
  readonly logSnippet: pulumi.Output<string>;

  /**
   * @param name  name of the resource
   * @param args  the server
   * @param opts  options of the component
   */
  constructor(name: string, args: BackendServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lbpair:index:BackendServer", name, { address: args.address }, opts);
    const { isSound, allowed } = permission(this, `BackendServer ${name}`, SERVER_RULES, args);
    this.address = permitted(allowed, args.address);
    const { loadBalancer, logging } = args;
    this.logSnippet =
      logging !== undefined && loadBalancer !== undefined && isSound
        ? logOf(this, `${name}-log`, allowed, handleParts(loadBalancer), logging)
        : pulumi.output("");
    this.registerOutputs({ address: this.address, logSnippet: this.logSnippet });
  }
}

/** Everything that is wrong with a server's args, as far as it can be known now. */
export function backendServerArgsProblems(args: unknown): Promise<Problem[]> {
  return problemsOfArgs(backendServerProblems, args);
}

/** What a server's args are judged by. */
const SERVER_RULES: Rules = {
  problems: backendServerProblems,
  claims: ({ logging }: BackendServerInput) => {
    if (logging?.connection === undefined) return [];
    const { port, host } = logging.connection;
    const want = (owner: string) => `a machine whose log is not set up by ${owner} already`;
    return [{ of: ["access log", port ?? 22, host], path: "logging.connection.host", want }];
  },
};

/** Sets the log up if it can, and tells how it is done by hand. */
function logOf(
  parent: BackendServer,
  name: string,
  allowed: pulumi.Output<true>,
  pair: HandleParts,
  logging: pulumi.Input<BackendLoggingArgs>,
): pulumi.Output<string> {
  const server = permitted(allowed, fieldOf(logging, "server")) as pulumi.Output<WebServerName>;
  const userAgent = fieldOf(logging, "healthCheckUserAgent").apply((given) => given ?? HEALTH_CHECK_USER_AGENT);
  const addresses = pulumi
    .all([pair.sourceAddresses, pair.hostNames])
    .apply(([known, hosts]) => complete(parent, name, known, hosts));
  const seen = pulumi.all([addresses, userAgent]).apply(([known, agent]) => ({ addresses: known, userAgent: agent }));
  if (hasConnection(logging)) {
    const managed = server as pulumi.Output<ManagedServerName>;
    const text = pulumi.all([managed, seen]).apply(([kind, known]) => renderBackendLog(kind, known));
    backendLog(name, { server: managed, connection: permitted(allowed, connectionOf(logging)), text }, { parent });
  }
  return pulumi.unsecret(pulumi.all([server, seen]).apply(([kind, known]) => renderLogSnippet(kind, known)));
}

/** What is to be made must be known before anything is: args that are computed as a whole bring a connection. */
function hasConnection(logging: pulumi.Input<BackendLoggingArgs>): boolean {
  return !isPlain(logging) || logging.connection !== undefined;
}

/** A host that is known by name only would have its health checks logged and its X-Forwarded-For disbelieved. */
async function complete(parent: BackendServer, name: string, known: string[], hosts: string[]): Promise<string[]> {
  if (known.length > hosts.length) return known; // one each, and the virtual address
  const want = `an address for each of ${hosts.join(", ")}: give hosts.<name>.sourceAddresses of the pair`;
  await pulumi.log.error(`${name}: loadBalancer: got ${JSON.stringify(known)}, want ${want}`, parent);
  return unknown as unknown as string[];
}

/** The connection of plain args stays apart from their other fields, which are not secret. */
function connectionOf(logging: pulumi.Input<BackendLoggingArgs>): pulumi.Input<ConnectionArgs> {
  if (isPlain(logging) && logging.connection !== undefined) return logging.connection;
  return pulumi.output(logging).apply((known) => known.connection) as pulumi.Output<ConnectionArgs>;
}

function fieldOf<K extends keyof BackendLoggingArgs>(logging: pulumi.Input<BackendLoggingArgs>, field: K) {
  return whenKnown(logging, (known) => known[field]);
}
