import { daysBetween } from '../../../kit/when';
import type { Say } from '../../../kit/words';
import type { Project, Track } from '../api';
import { SOON } from './clock';
import type { ClockKey } from './words';
import { chainOf } from '../tracks';

/** What is looked at of a project. */
export type Dated = Pick<Project, 'due_on' | 'due_provisional' | 'stage' | 'stage_since' | 'as_of'>;

/** What a limit is counted in; '' where that cannot be told from the track. */
export type Unit = 'working_day' | 'day' | '';

/** How a project stands to the limit of its current span. */
export interface Due {
  state: 'late' | 'soon' | 'running' | 'provisional';
  /** What left is counted in; '' is told as a date, never as a number. */
  unit: Unit;
  left: number;
}

/** About as many calendar days as SOON working days are. */
const SOON_DAYS = 7;

/**
 * What the current limit of a project is counted in: what every limit that may be running where it stands is
 * counted in. '' where they differ, or where the span may have begun under another version of the track.
 */
export function unitOf(p: Dated, track: Track | undefined): Unit {
  const chain: readonly string[] = chainOf(track, p.stage);
  const at = chain.indexOf(p.stage);
  const running = (track?.limits ?? []).filter((l) => chain.indexOf(l.from) <= at && at < chain.indexOf(l.to) && chain.indexOf(l.from) >= 0);
  const units = new Set(running.map((l) => (l.unit === 'working_day' ? 'working_day' : 'day')));
  const sure = running.every((l) => l.from === p.stage && l.valid_from <= p.stage_since) && (track?.valid_from ?? '') <= p.stage_since;
  return sure && units.size === 1 ? ([...units][0] ?? '') : '';
}

/** How a project stands on a day; null when no limit runs. workingDays counts them, undefined while it cannot. A provisional date judges nobody. */
export function dueOf(p: Dated, today: string, unit: Unit, workingDays?: (from: string, until: string) => number): Due | null {
  const days = p.due_on ? daysBetween(today, p.due_on) : null;
  if (days === null || p.stage === 'shelved' || p.stage === 'lost' || p.stage === 'terminated') return null;
  if (p.due_provisional) return { state: 'provisional', unit: '', left: days };
  const counted = unit === 'day' || (unit === 'working_day' && workingDays !== undefined);
  const left = unit === 'working_day' && workingDays ? workingDays(today, p.due_on) : days;
  const soon = counted ? left <= SOON : left <= SOON_DAYS;
  return { state: days < 0 ? 'late' : soon ? 'soon' : 'running', unit: counted ? unit : '', left };
}

/** Says it in the words of the clocks. */
export function dueText(due: Due, day: string, t: Say<ClockKey>): string {
  if (due.state === 'provisional') return t('state.provisional');
  if (due.state !== 'late' && due.left === 0) return t('left.today');
  const side = due.state === 'late' ? 'over' : 'left';
  return due.unit === '' ? t(`${side}.on`, { day }) : t(`${side}.${due.unit}`, { n: Math.abs(due.left) });
}
