import { expect, it } from 'vitest';
import { weeksOf } from './months';

const listed = [
  { date: '2026-10-01', kind: 'off' as const, name: '国庆节' },
  { date: '2026-10-10', kind: 'work' as const, name: '国庆节' },
];

it('lays out a month by weeks from Monday, with days off and make-up days', () => {
  const weeks = weeksOf(2026, 10, listed, '2026-12-24');
  expect(weeks[0]?.map((c) => c?.n ?? 0)).toEqual([0, 0, 0, 1, 2, 3, 4]);
  expect(weeks[0]?.[3]).toEqual({ day: '2026-10-01', n: 1, kind: 'off', name: '国庆节', open: false });
  expect(weeks[0]?.[5]?.kind).toBe('rest');
  expect(weeks[1]?.[5]).toMatchObject({ day: '2026-10-10', kind: 'work' });
  expect(weeks.flat().filter(Boolean)).toHaveLength(31);
});

it('marks what the next notice may still rearrange, and knows leap days', () => {
  const december = weeksOf(2026, 12, [], '2026-12-24').flat();
  expect(december.filter((c) => c?.open).map((c) => c?.n)).toEqual([25, 26, 27, 28, 29, 30, 31]);
  expect(weeksOf(2028, 2, null, '').flat().filter(Boolean)).toHaveLength(29);
});
