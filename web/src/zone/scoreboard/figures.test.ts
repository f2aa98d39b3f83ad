import { expect, test } from 'vitest';
import { csvOf, decimal, ofN, percent } from './figures';

test('ratios are told without floating point', () => {
  expect(['0.1628', '0.3333', '1.0000', '0.0000', '0.0005', '0.9995', '1.2345'].map(percent)).toEqual(['16.3%', '33.3%', '100.0%', '0.0%', '0.1%', '100.0%', '123.5%']);
  expect(['0.1628', '2.5000', '0.0050', '0.9951'].map(decimal)).toEqual(['0.16', '2.50', '0.01', '1.00']);
});

test('n is told where there is one', () => {
  expect(ofN({ state: 'computed', numerator: 2, denominator: 4 })).toBe('2/4');
  expect(ofN({ state: 'computed', numerator: 2 })).toBe('');
});

test('CSV keeps formulas from running and quotes what it must', () => {
  expect(csvOf([['a', '=1+1', -3], ['x,y', 'say "so"', '-5']])).toBe('\uFEFFa,\'=1+1,-3\r\n"x,y","say ""so""",-5\r\n');
});
