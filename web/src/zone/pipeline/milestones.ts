import { dayNumber } from '../../kit/when';
import { CHAIN, type Milestone, type Stage } from './api';

/** The last recorded date of a stage and kind; undefined when there is none or it was taken back. */
export function latestOf(all: readonly Milestone[], stage: Stage, kind: Milestone['kind']): Milestone | undefined {
  let last: Milestone | undefined;
  for (const m of all) {
    if (m.stage === stage && m.kind === kind && (!last || m.seq > last.seq)) last = m;
  }
  return last?.on ? last : undefined;
}

/** One row of the chart. */
export interface ChartRow {
  stage: Stage;
  planned: Milestone | undefined;
  forecast: Milestone | undefined;
  actual: Milestone | undefined;
  proposed: Milestone | undefined;
  /** Days behind plan (early when negative): actual against planned, or today against an overdue plan; null when it cannot be said. */
  late: number | null;
}

/** The chart's rows: every stage of the chain that has a date, then those recorded for stages it does not have. */
export function chartRows(all: readonly Milestone[], today: string, chain: readonly Stage[] = CHAIN): ChartRow[] {
  const others = all.map((m) => m.stage).filter((s, i, list) => !chain.includes(s) && list.indexOf(s) === i);
  return [...chain, ...others].map((stage) => {
    const planned = latestOf(all, stage, 'planned');
    const forecast = latestOf(all, stage, 'forecast');
    const actual = latestOf(all, stage, 'actual');
    const proposed = latestOf(all, stage, 'proposed') ?? latestOf(all, stage, 'proposed_plan');
    return { stage, planned, forecast, actual, proposed, late: lateness(planned?.on, actual?.on, today) };
  }).filter((r) => r.planned ?? r.forecast ?? r.actual ?? r.proposed);
}

function lateness(planned: string | undefined, actual: string | undefined, today: string): number | null {
  const plan = planned ? dayNumber(planned) : null;
  if (plan === null) return null;
  const done = actual ? dayNumber(actual) : null;
  if (done !== null) return done - plan;
  const now = dayNumber(today) ?? plan;
  return now > plan ? now - plan : null;
}

/** A tick of the time axis. */
export interface Tick {
  day: number;
  label: string;
}

/** Ticks at years, half-years, quarters or months, so that at most `most` stand between from and until. */
export function ticksBetween(from: number, until: number, most: number): Tick[] {
  for (const months of [1, 3, 6, 12, 24, 60]) {
    const ticks: Tick[] = [];
    const start = new Date(from * 86_400_000);
    let month = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months;
    for (;;) {
      const day = Date.UTC(Math.floor(month / 12), month % 12, 1) / 86_400_000;
      if (day > until) break;
      const year = Math.floor(month / 12);
      if (day >= from) ticks.push({ day, label: months >= 12 ? String(year) : `${year}-${String((month % 12) + 1).padStart(2, '0')}` });
      month += months;
    }
    if (ticks.length <= most || months === 60) return ticks;
  }
  return [];
}
