import { expect, test } from 'vitest';
import { ProblemError, submitOnce } from './api';
import { draftName, dropDrafts } from './draft';

const fails = (status: number) => () => Promise.reject(new ProblemError(status, 'x', '', ''));

test('a try whose answer never came is the same submit; a refused one, corrected, is another', async () => {
  for (const [status, same] of [[0, true], [502, true], [422, false], [409, false]] as const) {
    const key = { current: 'first' };
    await expect(submitOnce(key, fails(status))).rejects.toThrow();
    expect(key.current === 'first', String(status)).toBe(same);
  }
  const key = { current: 'first' };
  expect(await submitOnce(key, (once) => Promise.resolve(once))).toBe('first');
  expect(key.current).not.toBe('first');
});

test('whoever signs out leaves no draft, and what else the tab keeps stays', () => {
  const kept = new Map([[draftName('note', 'a'), '{"people":"示例"}'], ['sente.lang', 'en'], [draftName('project', 'a'), '{}']]);
  const store = { get length() { return kept.size; }, key: (i: number) => [...kept.keys()][i] ?? null, removeItem: (name: string) => void kept.delete(name) };
  dropDrafts(store as unknown as Storage);
  expect([...kept.keys()]).toEqual(['sente.lang']);
  expect(draftName('note', 'a')).not.toBe(draftName('note', 'b'));
});
