import { openLibc } from "../../daemon/ffi/libc.ts";
import { buildSettings } from "../core/settings.ts";
import { openAddressKeeper } from "./address-keeper.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";
import { openRouteSocket } from "./route-socket.ts";

/**
 * Removes the virtual addresses from this host, for `ExecStopPost`: whatever ended the daemon, nothing of it stays.
 *
 * @returns what could not be done; empty when all is gone
 */
export async function releaseAddresses(configDir: string): Promise<readonly string[]> {
  const configuration: Configuration = readConfiguration(configDir);
  if (!configuration.ok) return configuration.problems;
  const route = openRouteSocket(await openLibc());
  const network = route.dump();
  const failures = Object.entries(configuration.config.instances).flatMap(([name, instance]) => {
    if (instance.isExternal) return [];
    const removed = openAddressKeeper(route).remove(buildSettings(name, instance), network);
    return removed.ok ? [] : [`${name}: ${removed.because}`];
  });
  route.close();
  return failures;
}
