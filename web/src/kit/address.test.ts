import { describe, expect, it } from 'vitest';
import { activeFilters, queryOf, readFilters, writeFilters } from './address';

const SPEC = { q: 'text', stage: 'list', missing: 'flag' } as const;

describe('filters and the address', () => {
  it('come back as they were written', () => {
    const written = writeFilters(SPEC, new URLSearchParams(), { q: '汽车 & 零部件', stage: ['signed', 'landed'], missing: true });
    expect(readFilters(SPEC, new URLSearchParams(written.toString()))).toEqual({ q: '汽车 & 零部件', stage: ['signed', 'landed'], missing: true });
  });

  it('start at the first page again, close what was open and leave the sort', () => {
    const next = writeFilters(SPEC, new URLSearchParams('sort=-amount&cursor=abc&open=1&q=a&stage=lead'), { q: '  ' });
    expect(next.toString()).toBe('sort=-amount&stage=lead');
  });

  it('drop a list that is emptied and a flag that is taken off', () => {
    expect(writeFilters(SPEC, new URLSearchParams('stage=lead&missing=1'), { stage: [], missing: false }).toString()).toBe('');
  });

  it('become the query of the API, unset ones left out', () => {
    const filters = readFilters(SPEC, new URLSearchParams('q=a&stage=lead&stage=&other=1'));
    expect(activeFilters(SPEC, filters)).toEqual(['q', 'stage']);
    expect(queryOf(SPEC, { ...filters, missing: true })).toEqual({ q: 'a', stage: ['lead'], missing: 'true' });
  });
});
