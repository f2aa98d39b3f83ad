import { expect, it, test } from 'vitest';
import { sayer } from '../../../kit/words';
import type { Track } from '../api';
import { words as clocks } from './words';
import { type Dated, dueOf, dueText, type Unit, unitOf } from './due';

const limit = (from: string, to: string, unit: string, valid_from = '2020-01-01') => ({ from, to, unit, valid_from });
const track = (...limits: object[]) => ({ valid_from: '2020-01-01', stages: ['lead', 'screening', 'negotiating', 'signed', 'landed', 'landed.customs', 'started'].map((id) => ({ id })), limits }) as unknown as Track;
const at = (stage: string, patch: Partial<Dated> = {}) => ({ stage, stage_since: '2026-10-12', due_on: '2026-11-20', due_provisional: false, ...patch }) as Dated;

it.each([
  ['its own limit', at('signed'), track(limit('signed', 'landed', 'working_day'), limit('negotiating', 'signed', 'day')), 'working_day'],
  ['months, counted off in days', at('landed'), track(limit('landed', 'started', 'month')), 'day'],
  ['several sizes of one unit', at('landed'), track(limit('landed', 'started', 'working_day'), limit('landed', 'started', 'working_day')), 'working_day'],
  ['two units', at('landed'), track(limit('landed', 'started', 'working_day'), limit('landed', 'started', 'month')), ''],
  ['a span that began at an earlier stage', at('landed.customs'), track(limit('landed', 'started', 'working_day')), ''],
  ['a limit that came later', at('signed'), track(limit('signed', 'landed', 'working_day', '2026-10-13')), ''],
  ['a version of the track that came later', at('signed'), { ...track(limit('signed', 'landed', 'working_day')), valid_from: '2026-10-13' } as Track, ''],
  ['a stage reached on an unknown day', at('signed', { stage_since: '' }), track(limit('signed', 'landed', 'working_day')), ''],
  ['no track', at('signed'), undefined, ''],
  ['no limit', at('signed'), track(limit('lead', 'screening', 'working_day')), ''],
] as [string, Dated, Track | undefined, Unit][])('%s is counted as it says', (_, p, on, want) => {
  expect(unitOf(p, on)).toBe(want);
});

test('a limit is told in its own unit, else by its date; a provisional one judges nobody, a halted project has none', () => {
  const zh = sayer(clocks, 'zh');
  const en = sayer(clocks, 'en');
  const told = (due_on: string, unit: Unit, patch: Partial<Dated> = {}, say = zh) => {
    const due = dueOf(at('lead', { due_on, ...patch }), '2026-11-23', unit, (from, until) => (until < from ? -1 : 4));
    return due && [due.state, dueText(due, due_on, say)];
  };
  expect(told('2026-11-20', 'working_day')).toEqual(['late', '逾期 1 个工作日']); // Friday, on Monday
  expect(told('2026-11-20', 'day')).toEqual(['late', '逾期 3 天']);
  expect(told('2026-11-20', '')).toEqual(['late', '逾期，应于 2026-11-20']);
  expect(told('2026-11-20', '', {}, en)).toEqual(['late', 'overdue, was due 2026-11-20']);
  expect(told('2026-11-27', 'working_day')).toEqual(['soon', '还剩 4 个工作日']);
  expect(told('2026-11-29', 'day')).toEqual(['running', '还剩 6 天']);
  expect(told('2026-11-30', '')).toEqual(['soon', '2026-11-30 到期']);
  expect(told('2026-12-01', '')).toEqual(['running', '2026-12-01 到期']);
  expect(told('2026-11-23', 'day')).toEqual(['soon', '今天到期']);
  expect(told('2026-11-20', 'working_day', { due_provisional: true })).toEqual(['provisional', '暂定']);
  expect([told('', 'day'), told('2026-11-20', 'day', { stage: 'shelved' }), told('nonsense', 'day')]).toEqual([null, null, null]);
  // Until the calendar is known no number is told.
  const waiting = dueOf(at('lead'), '2026-11-23', 'working_day');
  expect(waiting && dueText(waiting, '2026-11-20', zh)).toBe('逾期，应于 2026-11-20');
});
