import { parseValue } from "../../config/document.ts";
import { type Problem, showValue } from "../../config/problems.ts";
import { proxySchema } from "../../config/proxy.ts";
import { isInNetwork, splitPrefix } from "../../config/values.ts";
import { vrrpSchema } from "../../config/vrrp.ts";
import { prioritiesOf } from "./hosts.ts";
import { type PairInput, pairSchema } from "./pair.ts";
import { type PairValues, sourceAddressesOf } from "./pair-values.ts";
import { proxyInput } from "./proxy.ts";
import { INSTANCE_NAME, vrrpInput } from "./vrrp.ts";

/** Everything that is wrong with a pair's args. */
export function pairProblems(args: unknown): Problem[] {
  const parsed = parseValue(pairSchema, args);
  if (!parsed.ok) return parsed.problems;
  const pair = valuesOf(args as PairInput);
  return [...priorityProblems(pair), ...addressProblems(pair), ...documentProblems(pair)];
}

/** What is legal and yet not what anyone wants. */
export function pairWarnings(pair: PairValues): string[] {
  const { preempt = "never", trackProxy } = pair.vrrp ?? {};
  const weight = trackProxy?.weight ?? 0;
  if (weight === 0 || preempt !== "never" || trackProxy?.isEnabled === false) return [];
  return [
    `vrrp.trackProxy.weight: ${weight} with vrrp.preempt "never" never fails over when a proxy dies: the other host's ` +
      "higher priority does not count. Leave the weight out, so that a host without a proxy may not own the address.",
  ];
}

function valuesOf({ stats, tls, hosts, ...rest }: PairInput): PairValues {
  const { password: _, ...shownStats } = stats ?? { user: "", password: "" };
  return {
    ...rest,
    hosts: Object.fromEntries(
      Object.entries(hosts).map(([name, { connection, ...host }]) => [name, { ...host, address: connection.host }]),
    ),
    stats: stats === undefined ? undefined : shownStats,
    tlsVersionMin: tls?.versionMin,
  };
}

function priorityProblems(pair: PairValues): Problem[] {
  const [[, first] = [], [name, second] = []] = [...prioritiesOf(pair.hosts)];
  if (first !== second) return [];
  return [{ path: `hosts.${name}.priority`, got: String(second), want: "another priority than the other host's" }];
}

function addressProblems(pair: PairValues): Problem[] {
  const virtual = splitPrefix(pair.virtualAddress);
  return Object.entries(pair.hosts).flatMap(([name, host]): Problem[] => {
    const own = sourceAddressesOf(host);
    if (virtual !== undefined && own.includes(virtual.address)) {
      return [
        {
          path: "virtualAddress",
          got: showValue("", pair.virtualAddress),
          want: `an address that ${name} does not have`,
        },
      ];
    }
    if (pair.vrrp?.isUnicast === true && own.length === 0) {
      return [{ path: `hosts.${name}.sourceAddresses`, got: "nothing", want: "the host's address, for unicast" }];
    }
    // An interface, or an address of one's own choice, says that the connection goes another way.
    const isChosen = host.interface !== undefined || host.sourceAddresses !== undefined;
    if (isChosen || own.length === 0 || own.some((address) => isInNetwork(address, pair.virtualAddress))) return [];
    if (virtual !== undefined && own.every((address) => address.includes(":") !== (virtual.family === 6))) return [];
    const want = `an address in the network of virtualAddress ${pair.virtualAddress}, or hosts.${name}.interface`;
    return [{ path: `hosts.${name}.connection.host`, got: showValue("", host.address), want }];
  });
}

/** The documents' own schemas have the last word; their paths are translated back to the args'. */
function documentProblems(pair: PairValues): Problem[] {
  const found = Object.keys(pair.hosts).flatMap((host) => {
    const vrrp = parseValue(vrrpSchema, vrrpInput(pair, host));
    const proxy = parseValue(proxySchema, proxyInput(pair, host));
    return [
      ...(vrrp.ok ? [] : vrrp.problems.map((problem) => ({ ...problem, path: vrrpPath(problem.path, host) }))),
      ...(proxy.ok ? [] : proxy.problems.map((problem) => ({ ...problem, path: proxyPath(problem.path) }))),
    ];
  });
  return [...new Map(found.map((problem) => [problem.path, problem])).values()]; // the hosts share most of it
}

function vrrpPath(path: string, host: string): string {
  const field = path.startsWith(`instances.${INSTANCE_NAME}.`)
    ? path.slice(`instances.${INSTANCE_NAME}.`.length)
    : path;
  if (field === "priority" || field === "interface") return `hosts.${host}.${field}`;
  if (/^addresses\b/.test(field)) return "virtualAddress";
  if (/^peers\b/.test(field)) return "vrrp.isUnicast";
  return field.startsWith("log.") ? field : `vrrp.${field}`;
}

function proxyPath(path: string): string {
  if (path === "listeners.http.status") return "ports.redirectStatus";
  return path.replace(/^listeners\.(https?)\.port$/, "ports.$1").replace(/^certificates\..*$/, "hostname");
}
