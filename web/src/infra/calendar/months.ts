import { dayNumber } from '../../kit/when';
import type { Days } from './api';

/** One day as the calendar page shows it; null fills the weeks. */
export interface Cell {
  day: string;
  n: number;
  kind: 'work' | 'off' | 'rest' | 'plain';
  name: string;
  /** The next year's notice may still rearrange it. */
  open: boolean;
}

const DAY = 86_400_000;

/** The weeks (Monday first) of a month, 1…12, with what the notice says of each day. */
export function weeksOf(year: number, month: number, listed: Days['items'], firmUntil: string): (Cell | null)[][] {
  const by = new Map((listed ?? []).map((d) => [d.date, d]));
  const first = Date.UTC(year, month - 1, 1);
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const lead = (new Date(first).getUTCDay() + 6) % 7;
  const cells: (Cell | null)[] = Array.from({ length: lead }, () => null);
  for (let i = 0; i < length; i++) {
    const at = new Date(first + i * DAY);
    const day = at.toISOString().slice(0, 10);
    const weekend = at.getUTCDay() % 6 === 0;
    const found = by.get(day);
    cells.push({ day, n: i + 1, kind: found ? found.kind : weekend ? 'rest' : 'plain', name: found?.name ?? '', open: firmUntil !== '' && (dayNumber(day) ?? 0) > (dayNumber(firmUntil) ?? 0) });
  }
  while (cells.length % 7 !== 0) cells.push(null);
  return Array.from({ length: cells.length / 7 }, (_, w) => cells.slice(w * 7, w * 7 + 7));
}
