import { expect, test } from 'vitest';
import { brought, inForce } from './brought';

test.each([
  ['a method in use', { valid_from: '2025-01-01', valid_to: '' }, true],
  ['on its last day', { valid_from: '2025-01-01', valid_to: '2026-06-15' }, true],
  ['the day after', { valid_from: '2025-01-01', valid_to: '2026-06-14' }, false],
  ['not begun', { valid_from: '2026-06-16' }, false],
  ['a campaign that is over', { since_on: '2025-01-01', until_on: '2025-12-31' }, false],
  ['a platform at work', { since_on: '2025-01-01', until_on: '' }, true],
  ['without a term', {}, true],
])('%s', (_, term, want) => {
  expect(inForce(term, '2026-06-15')).toBe(want);
});

const FAIR = { name: 'A fair', platform: 'p1', method: 'fair', campaign: 'c1' };

test('an activity fills what stands empty, never what was chosen', () => {
  expect(brought(FAIR, {}, () => true)).toEqual({ source: 'A fair', platform: 'p1', method: 'fair', campaign: 'c1' });
  expect(brought(FAIR, { source: 'told', method: 'chamber' }, () => true)).toEqual({ platform: 'p1', campaign: 'c1' });
});

test('what can no longer be chosen is not filled in', () => {
  expect(brought(FAIR, { source: 'told' }, (origin) => origin !== 'campaign')).toEqual({ platform: 'p1', method: 'fair' });
  expect(brought({ ...FAIR, platform: '' }, { source: 'told' }, () => true)).toEqual({ method: 'fair', campaign: 'c1' });
});
