import { expect, test } from 'vitest';
import type { Slot } from '../../pipeline/tracks';
import { counted, standings } from './standing';

const at = (stage: string, count: number) => ({ stage, count, by_currency: null });
const TOTALS = {
  by_stage: [at('lead', 3), at('landed', 7), at('started', 0), at('effective', 2), at('lost', 4)],
  by_step: [at('landed.customs', 2), at('landed.admission', 1), at('effective.graduated', 0)],
};
const SLOTS: Slot[] = [{ stage: 'lead' }, { stage: 'landed' }, { stage: 'landed.customs' }, { stage: 'started', why: { zh: '不建设', en: 'builds nothing' } }, { stage: 'effective' }];

test('a step has its own place, a stage counts what no other place counts', () => {
  const all = standings(SLOTS, TOTALS);
  expect(all.map((s) => [s.stage, s.count])).toEqual([['lead', 3], ['landed', 5], ['landed.customs', 2], ['started', 0], ['effective', 2]]);
  expect(all.reduce((n, s) => n + s.count, 0)).toBe(3 + 7 + 0 + 2);
  expect(all[3]?.why?.en).toBe('builds nothing');
});

test('the list of a stage holds the steps counted with it and no others', () => {
  expect(standings(SLOTS, TOTALS).map((s) => s.stages)).toEqual([['lead'], ['landed', 'landed.admission'], ['landed.customs'], ['started'], ['effective']]);
});

test('beside the chain only what there is', () => {
  expect(counted(TOTALS, ['shelved', 'lost'])).toEqual([{ stage: 'lost', count: 4, stages: ['lost'] }]);
  expect(standings(SLOTS, undefined).every((s) => s.count === 0)).toBe(true);
});
