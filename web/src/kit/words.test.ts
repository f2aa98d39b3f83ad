import { expect, it } from 'vitest';
import { dictionary, fill, sayer } from './words';

it('fills places and leaves unknown ones standing', () => {
  expect(fill('{a} of {b}', { a: 1 })).toBe('1 of {b}');
});

it('chooses by number', () => {
  const text = '{n} {n|project|projects}';
  expect([fill(text, { n: 1 }), fill(text, { n: 0 }), fill(text, { n: 2 })]).toEqual(['1 project', '0 projects', '2 projects']);
});

it('says a value the server added as it is', () => {
  const t = sayer(dictionary({ 'stage.lead': '线索' }, { 'stage.lead': 'Lead' }), 'zh');
  expect([t.maybe('stage.', 'lead'), t.maybe('stage.', 'newer')]).toEqual(['线索', 'newer']);
});
