import { expect, test } from 'vitest';
import { newestFirst } from './protection';

test('a report of the project and of its firm stands once, the newest on top', () => {
  const at = (id: string, reported_at: number) => ({ id, reported_at });
  expect(newestFirst([at('a', 1), at('b', 3), at('a', 1), at('c', 3), at('d', 2)]).map((r) => r.id)).toEqual(['b', 'c', 'd', 'a']);
});
