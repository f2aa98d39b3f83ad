import { expect, it } from 'vitest';
import { listedDays, workingDays, yearsBetween } from './workdays';

// 2026 by 国办发明电〔2025〕7号, the days around the National Day; a made-up notice of 2027 that takes in the end of 2026.
const day = (date: string, kind: 'off' | 'work') => ({ date, kind, name: '' });
const autumn = [day('2026-09-20', 'work'), ...['01', '02', '03', '04', '05', '06', '07'].map((d) => day(`2026-10-${d}`, 'off')), day('2026-10-10', 'work')];
const listed = listedDays([{ year: 2027, items: [day('2026-12-26', 'work'), day('2026-12-31', 'off'), day('2027-01-01', 'off')] }, { year: 2026, items: [...autumn, day('2026-12-31', 'work')] }]);

it.each([
  ['2026-11-23', '2026-11-23', 0],
  ['2026-11-20', '2026-11-23', 1], // over a weekend
  ['2026-11-23', '2026-11-20', -1], // due on Friday, today is Monday
  ['2026-11-22', '2026-11-20', -1],
  ['2026-09-30', '2026-10-08', 1],
  ['2026-10-08', '2026-09-30', -1],
  ['2026-10-09', '2026-10-12', 2], // the Saturday is made up for
  ['2026-09-18', '2026-09-21', 2],
  ['2026-12-25', '2026-12-26', 1],
  ['2026-12-30', '2027-01-04', 1], // the later notice holds
  ['', '2026-10-12', 0],
])('from %s to %s there are %d working days', (from, until, n) => {
  expect(workingDays(from, until, listed)).toBe(n);
});

it('asks for the years on the way and the one after', () => {
  expect(yearsBetween('2026-12-24', '2025-01-05')).toEqual([2025, 2026, 2027]);
  expect(yearsBetween('2026-01-05', '2026-03-05')).toEqual([2026, 2027]);
});
