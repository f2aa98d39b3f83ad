import { expect, test } from 'vitest';
import { dayNumber } from '../../kit/when';
import type { Milestone, Project } from './api';
import { cellsOf, csvCell, lineOf, spanOf, stagesOf } from './gantt';

const date = (stage: string, kind: string, on: string) => ({ stage, kind, on }) as Milestone;
const day = (on: string) => dayNumber(on) as number;

test('a line covers what was done until today and reaches to the last date ahead', () => {
  const p = { stage: 'signed', due_on: '2026-12-31' } as Project;
  const line = lineOf(p, [date('landed', 'planned', '2027-03-01'), date('signed', 'actual', '2026-06-01'), date('lead', 'actual', '2026-01-05'), date('signed', 'planned', '2026-05-01'), date('landed', 'proposed', '2026-01-01'), date('started', 'forecast', '2027-09-01')], '2026-11-23');
  expect(line.marks.map((m) => `${m.stage} ${m.kind}`)).toEqual(['lead actual', 'signed planned', 'signed actual', 'landed planned', 'started forecast']);
  expect(line.done).toEqual([day('2026-01-05'), day('2026-11-23')]);
  expect(line.ahead).toEqual([day('2026-11-23'), day('2027-09-01')]);
  expect(line.due).toBe(day('2026-12-31'));
});

test('the stages of a page stand along the chain, a step of its own after its stage', () => {
  const p = { stage: 'signed', due_on: '' } as Project;
  const lines = [lineOf(p, [date('started', 'planned', '2027-03-01'), date('landed.customs', 'actual', '2026-06-01')], '2026-11-23'), lineOf(p, [date('landed', 'actual', '2026-05-01'), date('screening.admission', 'actual', '2026-01-05'), date('screening', 'actual', '2026-01-02')], '2026-11-23')];
  expect(stagesOf(lines)).toEqual(['screening', 'screening.admission', 'landed', 'landed.customs', 'started']);
});

test('what has ended goes no further, and an unknown date is no mark', () => {
  const line = lineOf({ stage: 'lost', due_on: '2026-12-31' } as Project, [date('lead', 'actual', '2026-01-05'), date('signed', 'planned', '2027-01-01'), date('signed', 'forecast', '')], '2026-11-23');
  expect([line.done, line.ahead, line.due, line.marks.length]).toEqual([[day('2026-01-05'), day('2026-01-05')], null, null, 2]);
  const bare = lineOf({ stage: 'lead', due_on: '' } as Project, [], '2026-11-23');
  expect([bare.done, bare.ahead, bare.due]).toEqual([null, null, null]);
});

test('the axis is whole years; a date of another century does not stretch it', () => {
  const far = lineOf({ stage: 'lead', due_on: '' } as Project, [date('lead', 'actual', '1926-01-05'), date('signed', 'planned', '2028-05-01')], '2026-11-23');
  const [from, until] = spanOf([far], '2026-11-23');
  expect([from, until]).toEqual([day('2025-01-01'), day('2029-01-01')]);
  expect(cellsOf(from, until, 'year').map((c) => c.label)).toEqual(['2025', '2026', '2027', '2028']);
  expect(cellsOf(day('2026-01-01'), day('2027-01-01'), 'quarter').map((c) => [c.label, c.until - c.from])).toEqual([['2026 Q1', 90], ['2026 Q2', 91], ['2026 Q3', 92], ['2026 Q4', 92]]);
});

test('a cell of the file is quoted where needed and is no formula', () => {
  expect([csvCell('a,b'), csvCell('say "x"'), csvCell('=1+1'), csvCell('平常')]).toEqual(['"a,b"', '"say ""x"""', "'=1+1", '平常']);
});
