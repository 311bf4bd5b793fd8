import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../config/problems.ts";
import type { BackendLoggingArgs, BackendServerArgs } from "./args/backend-server.ts";
import type { ConnectionArgs } from "./args/connection.ts";
import { isSound, permission, permitted, problemsOfArgs } from "./check.ts";
import { type HandleParts, handleParts } from "./handle.ts";
import { isPlain, whenKnown } from "./inputs.ts";
import { backendLog } from "./remote/backend-log.ts";
import { backendServerProblems, type WebServerName } from "./render/backend.ts";
import { renderBackendLog } from "./render/backend-log.ts";

/** User-Agent of health checks, unless the app says otherwise (config/app.ts). */
const HEALTH_CHECK_USER_AGENT = "HAProxy";

/** A server that apps use as a backend, and its access log if wanted. */
export class BackendServer extends pulumi.ComponentResource {
  /** Address and port on which it serves. */
  readonly address: pulumi.Output<string>;

  /**
   * @param name  name of the resource
   * @param args  the server
   * @param opts  options of the component
   */
  constructor(name: string, args: BackendServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lbpair:index:BackendServer", name, { address: args.address }, opts);
    const allowed = permission(this, `BackendServer ${name}`, backendServerProblems, args);
    this.address = permitted(allowed, args.address);
    const { loadBalancer, logging } = args;
    if (logging !== undefined && loadBalancer !== undefined && isSound(backendServerProblems, args))
      setUpLog(this, `${name}-log`, allowed, handleParts(loadBalancer), logging);
    this.registerOutputs({ address: this.address });
  }
}

/** Everything that is wrong with a server's args, as far as it can be known now. */
export function backendServerArgsProblems(args: unknown): Promise<Problem[]> {
  return problemsOfArgs(backendServerProblems, args);
}

function setUpLog(
  parent: BackendServer,
  name: string,
  allowed: pulumi.Output<true>,
  pair: HandleParts,
  logging: pulumi.Input<BackendLoggingArgs>,
): void {
  const server = permitted(allowed, fieldOf(logging, "server")) as pulumi.Output<WebServerName>;
  const userAgent = fieldOf(logging, "healthCheckUserAgent").apply((given) => given ?? HEALTH_CHECK_USER_AGENT);
  const addresses = pulumi.all([pair.sourceAddresses, pair.hostNames]).apply(([known, hosts]) => {
    if (known.length > hosts.length) return known; // one each, and the virtual address
    const message = `${name}: the pair's hosts are known by name only: give their sourceAddresses`;
    throw new pulumi.ResourceError(message, parent, true);
  });
  const text = pulumi
    .all([server, addresses, userAgent])
    .apply(([kind, seen, agent]) => renderBackendLog(kind, { addresses: seen, userAgent: agent }));
  backendLog(name, { server, connection: connectionOf(logging), text }, { parent });
}

/** The connection of plain args stays apart from their other fields, which are not secret. */
function connectionOf(logging: pulumi.Input<BackendLoggingArgs>): pulumi.Input<ConnectionArgs> {
  if (isPlain(logging)) return logging.connection;
  return pulumi.output(logging).apply((known) => known.connection) as pulumi.Output<ConnectionArgs>;
}

function fieldOf<K extends keyof BackendLoggingArgs>(logging: pulumi.Input<BackendLoggingArgs>, field: K) {
  return whenKnown(logging, (known) => known[field]);
}
