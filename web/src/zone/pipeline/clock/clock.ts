import type { Schemas } from '../../../kit/types';
import type { Say } from '../../../kit/words';
import type { ClockKey } from './words';

/** How one span of a project stands against its limit. */
export type Clock = Schemas['PipelineClock'];

/** What a clock comes to in words, with the colour of its status. */
export interface Verdict {
  tone: 'grey' | 'blue' | 'green' | 'amber' | 'red' | 'purple';
  text: string;
  /** Why there is no verdict, or not yet. */
  why: string;
}

/** How many working days (or days) before its end a span is shown as at risk. */
export const SOON = 5;

/** The year a provisional clock waits for: the first its due day needs that is not covered. */
export function awaitedYear(clock: Pick<Clock, 'due_on'>, firmUntil: string): string {
  const covered = Number(firmUntil.slice(0, 4));
  if (!covered) return clock.due_on.slice(0, 4);
  return String(covered + 1);
}

/** Says a clock in words; a provisional one is never told as late. */
export function verdictOf(clock: Clock, firmUntil: string, t: Say<ClockKey>): Verdict {
  const unit = clock.count_unit === 'working_day' ? 'working_day' : 'day';
  const n = Math.abs(clock.left);
  const why = clock.why ? t.maybe('why.', clock.why, { year: awaitedYear(clock, firmUntil) }) : '';
  switch (clock.state) {
    case 'running':
      return { tone: clock.left <= SOON ? 'amber' : 'blue', text: clock.left === 0 ? t('left.today') : t(`left.${unit}`, { n }), why };
    case 'overdue':
      return { tone: 'red', text: t(`over.${unit}`, { n }), why };
    case 'met_early':
      return { tone: 'green', text: clock.left === 0 ? t('early.0') : t(`early.${unit}`, { n }), why };
    case 'met_late':
      return { tone: 'red', text: t(`late.${unit}`, { n }), why };
    case 'provisional':
      return { tone: 'purple', text: t('state.provisional'), why };
    default:
      return { tone: 'grey', text: t.maybe('state.', clock.state), why };
  }
}
