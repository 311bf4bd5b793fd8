import type { ProxyStatus, VrrpStatus } from "../../config/status.ts";
import type { HostReport } from "../report.ts";

// What must not get worse by a change: whether apps have usable backends, whether this host takes part in the pair,
// and whether the site answers. What was bad before a change is no reason to refuse it: it may be the cure.

export type AppHealth = {
  readonly usable: number;
  /** Backends that no check has judged yet. */
  readonly pending: number;
  /** `web1 down L4CON, web2 up L7OK` */
  readonly backends: string;
};

export type PairHealth = {
  readonly apps: Readonly<Record<string, AppHealth>>;
  /** State of each virtual router, `Fault: eth0 is down`. */
  readonly routers: Readonly<Record<string, string>>;
  /** What the site says at each place it was asked, `203.0.113.10:443/app1/`: a status, or why there was none. */
  readonly answers: Readonly<Record<string, string>>;
};

export function healthOf({ proxy, vrrp }: HostReport, answers: PairHealth["answers"]): PairHealth {
  return {
    apps: typeof proxy === "string" ? {} : mapValues(proxy.apps, appHealth),
    routers: typeof vrrp === "string" ? {} : mapValues(vrrp.instances, routerState),
    answers,
  };
}

/** Apps that were well before and are not now, each as a sentence. Checks have judged: waiting changes nothing. */
export function lostApps(before: PairHealth, now: PairHealth): string[] {
  return common(before.apps, now.apps).flatMap(([app, was, is]) =>
    was.usable > 0 && is.usable === 0 ? [`app ${app} has no usable backend any more: ${is.backends}`] : [],
  );
}

/**
 * What else was well before and is not now. It may be so for a moment only, as when an address moves.
 *
 * What is gone is no loss: the change may be that it goes.
 */
export function lossesSince(before: PairHealth, now: PairHealth): string[] {
  return [
    ...common(before.routers, now.routers).flatMap(([name, was, is]) =>
      isTakingPart(was) && !isTakingPart(is) ? [`virtual router ${name} was ${was}, is ${is}`] : [],
    ),
    ...common(before.answers, now.answers).flatMap(([place, was, is]) =>
      isServed(was) && !isServed(is) ? [`${place} answered ${was}, answers now: ${is}`] : [],
    ),
  ];
}

/** Apps that may still turn out to have lost every backend. */
export function undecidedApps(before: PairHealth, now: PairHealth): string[] {
  return common(before.apps, now.apps).flatMap(([app, was, is]) =>
    was.usable > 0 && is.usable === is.pending && is.pending > 0 ? [app] : [],
  );
}

/** Health that a host has to reach which takes part for the first time: its routers and the site, as far as it sees them. */
export function firstHealth(now: PairHealth): PairHealth {
  return {
    apps: {},
    routers: mapValues(now.routers, () => "to take part"),
    answers: mapValues(now.answers, () => "nothing yet, should answer"),
  };
}

function appHealth({ backends }: ProxyStatus["apps"][string]): AppHealth {
  const all = Object.entries(backends);
  const pending = all.filter(([, { state }]) => state === "unchecked").length;
  return {
    // What nobody has judged yet gets requests.
    usable: all.filter(([, { state }]) => state === "up").length + pending,
    pending,
    backends: all.map(([name, { state, check }]) => `${name} ${state} ${check}`).join(", "),
  };
}

function routerState({ state, because }: VrrpStatus["instances"][string]): string {
  return state === "Active" || state === "Backup" ? state : `${state}: ${because}`;
}

function isTakingPart(state: string): boolean {
  return !/^(Fault|Initialize)/.test(state);
}

/** The proxy says 502, 503 and 504 itself, when the app does not answer; anything else came from somewhere. */
function isServed(answer: string): boolean {
  return !/^(5\d\d|no answer)/.test(answer);
}

function common<T>(
  before: Readonly<Record<string, T>>,
  now: Readonly<Record<string, T>>,
): [name: string, was: T, is: T][] {
  return Object.entries(before).flatMap(([name, was]) => {
    const is = now[name];
    return is === undefined ? [] : [[name, was, is] as [string, T, T]];
  });
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, use: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, use(value)]));
}
