import type { Preferences } from './api';

/** By topic, the ways it reaches a person. */
export type Ways = Readonly<Record<string, readonly string[]>>;

/** What a person has chosen, of the ways there are. */
export function waysOf(p: Preferences): Ways {
  const known = ['product', 'email', ...(p.channels ?? []).map((c) => c.id)];
  return Object.fromEntries((p.topics ?? []).map((t) => [t.topic, (t.ways ?? []).filter((w) => known.includes(w))]));
}

/** Whether topic reaches them by way. */
export function isChosen(ways: Ways, topic: string, way: string): boolean {
  return ways[topic]?.includes(way) ?? false;
}

/** ways with way on or off for topic. */
export function withWay(ways: Ways, topic: string, way: string, on: boolean): Ways {
  const rest = (ways[topic] ?? []).filter((w) => w !== way);
  return { ...ways, [topic]: on ? [...rest, way] : rest };
}
