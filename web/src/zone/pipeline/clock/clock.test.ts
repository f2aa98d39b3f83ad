import { expect, it } from 'vitest';
import { sayer } from '../../../kit/words';
import { awaitedYear, type Clock, verdictOf } from './clock';
import { words } from './words';

const clock = (patch: Partial<Clock>): Clock => ({ from: 'signed', to: 'landed', name: '签约到落地', state: 'running', why: '', limit: 90, unit: 'working_day', source: '', limit_since: '', start_on: '2026-01-05', due_on: '2026-05-20', provisional: false, planned_on: '', forecast_on: '', reached_on: '', used: 0, left: 12, count_unit: 'working_day', ...patch });
const zh = sayer(words, 'zh');
const en = sayer(words, 'en');

it.each([
  [{ left: 12 }, 'blue', '还剩 12 个工作日'],
  [{ left: 3 }, 'amber', '还剩 3 个工作日'],
  [{ left: 0 }, 'amber', '今天到期'],
  [{ state: 'overdue', left: -3 }, 'red', '逾期 3 个工作日'],
  [{ state: 'overdue', left: -3, count_unit: 'day' }, 'red', '逾期 3 天'],
  [{ state: 'met_early', left: 12 }, 'green', '早 12 个工作日'],
  [{ state: 'met_early', left: 0 }, 'green', '按期'],
  [{ state: 'met_late', left: -1, count_unit: 'day' }, 'red', '晚 1 天'],
  [{ state: 'insufficient', why: 'currency' }, 'grey', '数据不足'],
  [{ state: 'not_applicable', why: 'stage' }, 'grey', '不适用'],
] as [Partial<Clock>, string, string][])('tells %j as %s %s', (patch, tone, text) => {
  const v = verdictOf(clock(patch), '2026-12-24', zh);
  expect([v.tone, v.text]).toEqual([tone, text]);
});

it('never tells a provisional clock in red, and says what it waits for', () => {
  const v = verdictOf(clock({ state: 'provisional', why: 'calendar', provisional: true, due_on: '2027-03-26', left: -40 }), '2026-12-24', zh);
  expect(v.tone).not.toBe('red');
  expect(v.text).toBe('暂定');
  expect(v.why).toContain('2027 年放假安排尚未导入');
  expect(awaitedYear({ due_on: '2028-02-01' }, '2026-12-24')).toBe('2027');
});

it('chooses the number in English', () => {
  expect(verdictOf(clock({ left: 1 }), '', en).text).toBe('1 working day left');
  expect(verdictOf(clock({ state: 'overdue', left: -2 }), '', en).text).toBe('2 working days overdue');
});
