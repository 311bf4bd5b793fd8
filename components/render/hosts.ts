// Order and priorities of a pair's hosts. Maps have no order in most languages, so names decide.

/** Room below the highest priority lets either host be raised; both are high, because that makes takeover quick (RFC 9568 6.1: skew time). */
const PRIORITIES = [254, 250] as const;

type Wish = { readonly priority?: number | undefined };

/**
 * Effective priority of each host: the given one, else by place in the order of names.
 *
 * @param preferred  host that shall have the highest, whatever it was given
 */
export function prioritiesOf(hosts: Readonly<Record<string, Wish>>, preferred?: string): Map<string, number> {
  const names = Object.keys(hosts).sort();
  const own = new Map(names.map((name, index) => [name, hosts[name]?.priority ?? PRIORITIES[index] ?? 1]));
  const best = Math.max(...own.values());
  const holder = names.find((name) => own.get(name) === best);
  if (preferred === undefined || holder === undefined || !own.has(preferred)) return own;
  return new Map([...own, [holder, own.get(preferred) ?? best], [preferred, best]]);
}

/** The hosts in the order in which changes reach them: the one that is less likely to be Active first. */
export function rolloutOrder(hosts: Readonly<Record<string, Wish>>): string[] {
  const priorities = [...prioritiesOf(hosts)];
  return priorities.sort(([a, p], [b, q]) => p - q || (a < b ? 1 : -1)).map(([name]) => name);
}
