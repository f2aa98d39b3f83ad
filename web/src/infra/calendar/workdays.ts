import { dayNumber } from '../../kit/when';
import type { Days } from './api';

/** What notices make of the days they list, by day number. */
export type Listed = ReadonlyMap<number, 'off' | 'work'>;

/** The days that the notices of some years list; where two list the same day, the later year's holds. */
export function listedDays(years: readonly Pick<Days, 'year' | 'items'>[]): Listed {
  const listed = new Map<number, 'off' | 'work'>();
  for (const year of years.toSorted((a, b) => a.year - b.year)) {
    for (const day of year.items ?? []) {
      const n = dayNumber(day.date);
      if (n !== null) listed.set(n, day.kind);
    }
  }
  return listed;
}

/** The working days after a day up to and with another, negative when that lies before it: counted as the server counts limits. */
export function workingDays(from: string, until: string, listed: Listed): number {
  const [a, b] = [dayNumber(from), dayNumber(until)];
  if (a === null || b === null) return 0;
  let count = 0;
  if (b < a) {
    for (let day = b; day < a; day++) if (works(day, listed)) count--;
    return count;
  }
  for (let day = a + 1; day <= b; day++) if (works(day, listed)) count++;
  return count;
}

function works(day: number, listed: Listed): boolean {
  const kind = listed.get(day);
  return kind ? kind === 'work' : new Date(day * 86_400_000).getUTCDay() % 6 !== 0;
}

/** The years whose notices say which days between two are worked: the year after may list the last days of December. */
export function yearsBetween(from: string, until: string): number[] {
  const [first, last] = [from, until].map((day) => Number(day.slice(0, 4))).toSorted((a, b) => a - b) as [number, number];
  return Array.from({ length: last - first + 2 }, (_, i) => first + i);
}
