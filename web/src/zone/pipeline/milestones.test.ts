import { describe, expect, it } from 'vitest';
import type { Milestone, Stage } from './api';
import { chartRows, latestOf, ticksBetween } from './milestones';

const date = (seq: number, stage: Stage, kind: Milestone['kind'], on: string): Milestone => ({ project: 'p', seq, stage, kind, on, precision: 'day', note: '', from_text: false, by: '', by_name: '', recorded_at: 0 });
const day = (text: string) => Date.parse(text + 'T00:00:00Z') / 86_400_000;

describe('the dates of a stage', () => {
  it('are the last recorded, and none after a retraction', () => {
    const all = [date(1, 'signed', 'planned', '2025-01-01'), date(3, 'signed', 'planned', '2025-03-01'), date(2, 'signed', 'planned', '2025-02-01')];
    expect(latestOf(all, 'signed', 'planned')?.on).toBe('2025-03-01');
    expect(latestOf([...all, date(4, 'signed', 'planned', '')], 'signed', 'planned')).toBeUndefined();
  });
});

describe('the rows of the chart', () => {
  it('say how late or early a stage was, or how long its plan is overdue', () => {
    const rows = chartRows([date(1, 'signed', 'planned', '2025-01-10'), date(2, 'signed', 'actual', '2025-01-07'), date(3, 'landed', 'planned', '2025-02-01'), date(4, 'started', 'planned', '2025-09-01'), date(5, 'producing', 'forecast', '2026-01-01')], '2025-02-11');
    expect(rows.map((r) => [r.stage, r.late])).toEqual([['signed', -3], ['landed', 10], ['started', null], ['producing', null]]);
  });
});

describe('the ticks of the axis', () => {
  it('grow coarser until they fit', () => {
    expect(ticksBetween(day('2025-01-15'), day('2025-04-15'), 6).map((t) => t.label)).toEqual(['2025-02', '2025-03', '2025-04']);
    expect(ticksBetween(day('2023-05-01'), day('2026-05-01'), 4).map((t) => t.label)).toEqual(['2024', '2025', '2026']);
  });
});
