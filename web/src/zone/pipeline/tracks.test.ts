import { expect, test } from 'vitest';
import type { Track } from './api';
import { chainOf, rank, slots, trackOf } from './tracks';

const stage = (id: string) => ({ id, zh: id, en: id, meaning_zh: '', meaning_en: '', source: '' });
const trade = {
  id: 'trade',
  stages: ['lead', 'screening', 'negotiating', 'signed', 'landed', 'landed.filing', 'producing', 'effective'].map(stage),
  absent: [{ stage: 'started', why_zh: '没有开工', why_en: 'no works' }],
} as unknown as Track;

test('the strip of a track shows its own steps and says what does not apply', () => {
  expect(slots(trade).map((s) => s.stage + (s.why ? '!' + s.why.zh : ''))).toEqual(['lead', 'screening', 'negotiating', 'signed', 'landed', 'landed.filing', 'started!没有开工', 'producing', 'effective']);
});

test('a stage a project stands at is part of its chain even when its track lost it', () => {
  expect(chainOf(trade, 'started').slice(5, 8)).toEqual(['landed.filing', 'started', 'producing']);
  expect(chainOf(trade, 'lost')).toHaveLength(8);
  expect(chainOf(undefined)).toHaveLength(8);
});

test('no track means the general one', () => {
  const general = { ...trade, id: 'general' } as Track;
  expect(trackOf([trade, general], '')?.id).toBe('general');
  expect([rank('landed.filing'), rank('effective'), rank('shelved')]).toEqual([4, 7, -1]);
});
