import { describe, expect, test } from 'vitest';
import { type Card, chainColumns, dropOf, headOf, mainOf, movedCard, onScreen, refreshed, withPage, without } from './board';
import type { Project } from './api';

const card = (id: string, at: number): Card => ({ id, updated_at: at }) as Card;
const ids = (cards: readonly Card[]) => cards.map((c) => c.id).join('');
const ORDER = ['lead', 'screening', 'screening.review', 'negotiating', 'signed', 'landed'];

test('only what is on screen and a little around is drawn, however long the column', () => {
  expect(onScreen(0, 600, 120, 20_000)).toEqual([0, 9]);
  expect(onScreen(1_200_000, 600, 120, 20_000)).toEqual([9_996, 10_009]);
  expect(onScreen(2_399_400, 600, 120, 20_000)).toEqual([19_991, 20_000]);
  expect(onScreen(5_000, 600, 120, 3)).toEqual([3, 3]);
  expect(onScreen(0, 600, 120, 0)).toEqual([0, 0]);
});

test('a page that repeats a card adds it once', () => {
  const now = withPage({ cards: [card('a', 9), card('b', 8)], cursor: 'x' }, [card('b', 8), card('c', 7)], 'y');
  expect([ids(now.cards), now.cursor]).toEqual(['abc', 'y']);
});

describe('a column after somebody changed something', () => {
  const now = { cards: [card('a', 9), card('b', 8), card('c', 7), card('d', 6)], cursor: 'after d' };
  test('what moved here stands on top, and what was loaded below stays', () => {
    expect(refreshed(now, [card('e', 10), card('a', 9), card('b', 8)], 'after b', new Set(['e']))).toEqual({ cards: [card('e', 10), card('a', 9), card('b', 8), card('c', 7), card('d', 6)], cursor: 'after d' });
  });
  test('what moved away is gone, wherever it stood', () => {
    expect(ids(refreshed(now, [card('a', 9), card('b', 8)], 'after b', new Set(['d'])).cards)).toBe('abc');
    expect(ids(without(now, new Set(['b', 'z'])).cards)).toBe('acd');
    expect(without(now, new Set(['z']))).toBe(now);
  });
  test('when nothing is left below the first page, its own cursor counts', () => {
    expect(refreshed({ cards: [card('a', 9)], cursor: '' }, [card('e', 10), card('a', 9)], 'more', new Set(['e'])).cursor).toBe('more');
  });
});

test.each([
  ['lead', '', 'screening', { ask: 'advance', to: 'screening' }],
  ['screening', '', 'screening.review', { ask: 'advance', to: 'screening.review' }],
  ['lead', '', 'signed', { refuse: 'step' }],
  ['signed', '', 'lead', { ask: 'setback', to: 'lead' }],
  ['signed', '', 'signed', { refuse: 'same' }],
  ['signed', '', 'lost', { refuse: 'signed' }],
  ['signed', '', 'terminated', { ask: 'terminated', to: 'terminated' }],
  ['lead', '', 'terminated', { refuse: 'unsigned' }],
  ['screening.review', '', 'lost', { ask: 'lost', to: 'lost' }],
  ['lead', '', 'shelved', { ask: 'shelved', to: 'shelved' }],
  ['shelved', 'signed', 'signed', { ask: 'resume', to: 'signed' }],
  ['shelved', 'signed', 'landed', { refuse: 'shelved' }],
  ['shelved', 'signed', 'terminated', { ask: 'terminated', to: 'terminated' }],
  ['lost', 'lead', 'lead', { refuse: 'final' }],
  ['effective', '', 'landed', { refuse: 'step' }],
])('from %s (%s) into %s', (stage, prior, target, want) => {
  expect(dropOf({ stage, prior } as Card, target, ORDER)).toEqual(want);
});

test('a card keeps the names of its department and official when it has moved', () => {
  const was = { owner_name: '演示专员甲', unit_name: '招商一局', stage: 'lead', version: 3 } as Card;
  const moved = movedCard({ owner_name: '', unit_name: '', stage: 'screening', version: 4 } as Project, was);
  expect(moved).toMatchObject({ owner_name: '演示专员甲', unit_name: '招商一局', stage: 'screening', version: 4 });
  expect(movedCard({ owner_name: '演示专员乙', unit_name: '招商二局' } as Project, was)).toMatchObject({ owner_name: '演示专员乙', unit_name: '招商二局' });
});

test('a head adds up each currency; steps with a column of their own do not count twice', () => {
  const sum = (currency: string, minor: number) => ({ currency, count: 1, total_investment: { minor, currency } });
  const totals = [
    { stage: 'screening', count: 5, by_currency: [sum('CNY', 900), sum('USD', 10_000), sum('', 0)] },
    { stage: 'screening.review', count: 2, by_currency: [sum('CNY', 400)] },
  ];
  expect(headOf({ id: 'screening', name: '', stages: ['screening', 'screening.review'] }, totals)).toEqual({ count: 5, sums: [{ currency: 'USD', minor: 10_000n }, { currency: 'CNY', minor: 900n }] });
  expect(headOf({ id: 'screening', name: '', stages: ['screening'] }, totals)).toEqual({ count: 3, sums: [{ currency: 'USD', minor: 10_000n }, { currency: 'CNY', minor: 500n }] });
  expect(headOf({ id: 'landed', name: '', stages: ['landed'] }, totals)).toEqual({ count: 0, sums: [] });
  expect(chainColumns(['screening.review'], (s) => s).map((c) => c.stages.length)).toEqual([1, 2, 1, 1, 1, 1, 1, 1]);
  expect([mainOf('screening.review'), mainOf('lost'), mainOf('moon')]).toEqual(['screening', 'lost', '']);
});
