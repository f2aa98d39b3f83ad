import { expect, it } from 'vitest';
import type { Preferences } from './api';
import { isChosen, waysOf, withWay } from './ways';

const chosen: Preferences = {
  address: '',
  digest: 'none',
  mail: true,
  quiet_from: '',
  quiet_until: '',
  urgent_passes: false,
  channels: [{ id: 'c1', kind: 'wecom', name: '一局群' }],
  topics: [
    { topic: 'work.given', name: '任务', ways: ['product', 'c1', 'removed'] },
    { topic: 'work.due', name: '到期', ways: null },
  ],
};

it('reads what is chosen and passes over channels that are gone', () => {
  const ways = waysOf(chosen);
  expect(ways).toEqual({ 'work.given': ['product', 'c1'], 'work.due': [] });
  expect(isChosen(ways, 'work.given', 'c1')).toBe(true);
  expect(isChosen(ways, 'work.given', 'email')).toBe(false);
  expect(isChosen(ways, 'unknown', 'email')).toBe(false);
});

it('turns a way on once and off', () => {
  const ways = waysOf(chosen);
  const on = withWay(ways, 'work.due', 'email', true);
  expect(on['work.due']).toEqual(['email']);
  expect(withWay(on, 'work.due', 'email', true)['work.due']).toEqual(['email']);
  expect(withWay(on, 'work.due', 'email', false)['work.due']).toEqual([]);
  expect(withWay(ways, 'work.given', 'product', false)['work.given']).toEqual(['c1']);
  expect(ways['work.given']).toEqual(['product', 'c1']);
});
