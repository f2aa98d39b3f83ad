import { expect, it } from 'vitest';
import { dictionary, fill, sayer, sourceIn } from './words';

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

it('says the reader’s half of a source in both languages', () => {
  const both = '孟州 2023：线索收集；阿拉善 2025 联审 / Mengzhou 2023 and Alxa 2025';
  expect([sourceIn(both, 'zh'), sourceIn(both, 'en')]).toEqual(['孟州 2023：线索收集；阿拉善 2025 联审', 'Mengzhou 2023 and Alxa 2025']);
  expect([sourceIn('国办发〔2025〕1号', 'en'), sourceIn('建议值 / proposed', 'zh')]).toEqual(['国办发〔2025〕1号', '建议值']);
});
