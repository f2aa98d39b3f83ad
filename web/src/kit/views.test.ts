import { expect, test } from 'vitest';
import { keptQuery, viewSearch } from './views';

test('a view keeps filters, order and manner, in one order, and nothing that passes', () => {
  expect(keptQuery(new URLSearchParams('stage=signed&view=board&cursor=x&open=y&v=1&q=%E8%BD%B4&stage=landed'))).toBe('q=%E8%BD%B4&stage=landed&stage=signed&view=board');
  expect(keptQuery(new URLSearchParams('b=1&a=2'))).toBe(keptQuery(new URLSearchParams('a=2&b=1')));
  expect(keptQuery(new URLSearchParams(''))).toBe('');
});

test('the address of a view holds its query and its name, whatever was saved in it', () => {
  expect(viewSearch({ id: '7', query: 'stage=signed&gone=1&v=3&cursor=x' })).toBe('?stage=signed&gone=1&v=7');
  expect(viewSearch({ id: '7', query: '' })).toBe('?v=7');
});
