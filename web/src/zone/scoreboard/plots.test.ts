import { expect, test } from 'vitest';
import type { Series } from './api';
import { funds } from './plots';

test('paid-in funds are drawn for the quarters that have them', () => {
  const cny = (minor: number) => ({ minor, currency: 'CNY' });
  const cohort = (period: string, value: object) => ({ period, from: '', until: '', younger: 0, rates: [{ id: 'RES_LAND', value: { state: 'computed', numerator: 1, denominator: 2, ratio: '0.5000' } }, { id: 'RES_FUND', value }] });
  const series = {
    cohorts: [
      cohort('2023Q1', { state: 'computed', money: cny(150), money_of: cny(400), ratio: '0.3750', numerator: 2, denominator: 2 }),
      cohort('2023Q2', { state: 'insufficient', why: 'none' }),
      { period: '2023Q3', from: '', until: '', younger: 0, rates: null },
    ],
  } as unknown as Series;
  expect(funds(series)).toEqual([{ period: '2023Q1', rate: 37.5, paid: 150, of: 400, n: 2 }]);
});
