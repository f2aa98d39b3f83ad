import { useLoad } from '../../kit/load';
import { type Days, getDays } from './api';
import { listedDays, workingDays } from './workdays';

/** How long a year read once serves every count on the pages, in ms. */
const FRESH = 60_000;

const read = new Map<number, { at: number; days: Promise<Days> }>();

function known(year: number): Promise<Days> {
  const had = read.get(year);
  if (had && Date.now() - had.at <= FRESH) return had.days;
  const days = getDays(year, new AbortController().signal);
  read.set(year, { at: Date.now(), days });
  days.catch(() => read.delete(year));
  return days;
}

/** Counts working days within years, each read once for all that count; undefined until they are known, and where none are asked for. */
export function useWorkingDays(years: readonly number[]): ((from: string, until: string) => number) | undefined {
  const days = useLoad(years.length > 0 ? `workdays:${years.join()}` : null, () => Promise.all(years.map(known))).data;
  if (!days || years.length === 0) return undefined;
  const listed = listedDays(days);
  return (from, until) => workingDays(from, until, listed);
}
