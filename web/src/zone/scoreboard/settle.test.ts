import { expect, test } from 'vitest';
import { sayer } from '../../kit/words';
import { aimed, dueOf, parameter, read, readAll, typed } from './settle';
import { words } from './words';

const zh = sayer(words, 'zh');
const en = sayer(words, 'en');

test('parameters are told in their unit and language', () => {
  const p = (unit: 'day' | 'month' | 'count' | 'permille' | 'CNY_fen', value: number) => ({ id: 'x', zh: '', en: '', unit, value });
  expect([p('day', 180), p('month', 36), p('count', 1), p('permille', 50), p('CNY_fen', 1e10)].map((x) => parameter(x, zh, 'zh'))).toEqual(['180 日', '36 个月', '1', '5%', '1.0亿元']);
  expect([p('day', 1), p('day', 180), p('month', 36), p('CNY_fen', 1e10)].map((x) => parameter(x, en, 'en'))).toEqual(['1 day', '180 days', '36 months', 'CNY 100.0 million']);
  expect(parameter({ id: 'bands', zh: '', en: '', unit: 'CNY_fen', values: [5e9, 1e10] }, zh, 'zh')).toBe('5,000.0万元、1.0亿元');
});

test('what is typed is read back, and what is no number is not', () => {
  for (const [value, unit, share] of [[1e10, 'CNY_fen', true], [5e9, 'CNY_fen', true], [123456, 'CNY_fen', true], [0, 'CNY_fen', true], [180, 'day', true], [55, 'permille', true], [512, 'permille', false]] as const) expect(read(typed(value, unit, share), unit, share)).toBe(value);
  expect([typed(1e10, 'CNY_fen'), typed(5e9, 'CNY_fen'), typed(123456, 'CNY_fen'), typed(55, 'permille'), typed(512, 'permille', false)]).toEqual(['1亿', '5000万', '1234.56', '5.5', '0.512']);
  expect(['', 'x', '1.5', '-3', '1e3', '180 日'].map((text) => read(text, 'day'))).toEqual([null, null, null, null, null, null]);
  expect([read('5.55', 'permille'), read('5.5%', 'permille'), read('0.001万', 'CNY_fen'), read('99999999999亿', 'CNY_fen')]).toEqual([null, 55, 1000, null]);
  expect(readAll('5000万、1亿, 5亿', 'CNY_fen')).toEqual([5e9, 1e10, 5e10]);
  expect([readAll('', 'CNY_fen'), readAll('1亿 x', 'CNY_fen')]).toEqual([null, null]);
});

test('a target is told as its figure is', () => {
  expect([aimed(12, 'count', 'count', zh, 'zh'), aimed(500, 'permille', 'cohort_rate', zh, 'zh'), aimed(500, 'permille', 'period_ratio', zh, 'zh'), aimed(90, 'day', 'median', zh, 'zh'), aimed(1e10, 'CNY_fen', 'sum', zh, 'zh')]).toEqual(['12', '50.0%', '0.50', '90 日', '1.0亿元']);
  const s = { target: 4, unit: 'count' as const, aim: 'at_least' as const, state: 'met' as const };
  expect([dueOf(s, 'zh'), dueOf({ ...s, due: '2.0' }, 'zh'), dueOf({ ...s, unit: 'CNY_fen', due: '5000000000.4' }, 'zh')]).toEqual(['', '2.0', '5,000.0万元']);
});
