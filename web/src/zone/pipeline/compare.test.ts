import { describe, expect, test } from 'vitest';
import { carried, changedBy, choose, differences, type Field, merged, movedBy, preselected, same, undecided } from './compare';
import type { ProjectValues } from './ProjectForm';

const BASE: ProjectValues = { platform: '', track: 'general', name: 'P', kind: 'new', builds: true, investor: 'i1', investor_name: 'One', industry: 'C35', site: 'A', scope: 's', summary: '', source: '', activity: '', method: '', campaign: '', finder: '', found_on: '2026-03-01', total_investment: { figure: '120000000', currency: 'CNY' }, fixed_investment: { figure: '', currency: 'CNY' }, terms: '', unit: 'u1', owner: 'o1' };
const with_ = (change: Partial<ProjectValues>): ProjectValues => ({ ...BASE, ...change });
const brief = (mine: Partial<ProjectValues>, theirs: Partial<ProjectValues>, hidden: readonly string[] = []) => differences(BASE, with_(mine), with_(theirs), hidden).map((d) => `${d.field}:${d.by}`);

test.each([
  ['nobody changed anything', {}, {}, []],
  ['only I changed it', { site: 'B' }, {}, ['site:mine']],
  ['only they changed it', {}, { site: 'C' }, ['site:theirs']],
  ['both changed it', { site: 'B' }, { site: 'C' }, ['site:both']],
  ['both came to the same', { site: 'B' }, { site: 'B' }, []],
  ['I took back what they changed', { site: '' }, { site: 'C' }, ['site:both']],
  ['each another field, in the order of the form', { scope: 'mine' }, { name: 'theirs' }, ['name:theirs', 'scope:mine']],
  ['an amount written otherwise is the same', { total_investment: { figure: '1.2亿', currency: 'CNY' } }, {}, []],
  ['an amount in another currency is not', { total_investment: { figure: '1.2亿', currency: 'USD' } }, {}, ['total_investment:mine']],
  ['no amount has no currency', { fixed_investment: { figure: ' ', currency: 'USD' } }, {}, []],
  ['where the lead came from', { activity: 'a1' }, { campaign: 'c1' }, ['activity:mine', 'campaign:theirs']],
  ['a choice in a list', { builds: false }, {}, ['builds:mine']],
  ['a list emptied', { owner: undefined as unknown as string }, {}, ['owner:mine']],
] as [string, Partial<ProjectValues>, Partial<ProjectValues>, string[]][])('%s', (_, mine, theirs, want) => {
  expect(brief(mine, theirs)).toEqual(want);
});

test('what is seen only in part is not compared unless I typed into it', () => {
  expect(brief({}, { terms: '***' }, ['terms'])).toEqual([]);
  expect(brief({ terms: 'mine' }, { terms: '***' }, ['terms'])).toEqual(['terms:both']);
});

test.each([
  ['1.2亿', 'CNY', '120000000', 'CNY', true],
  ['12,000', 'USD', '12000', 'USD', true],
  ['many', 'CNY', 'many', 'CNY', true],
  ['many', 'CNY', '1', 'CNY', false],
])('%s %s and %s %s', (a, x, b, y, want) => {
  expect(same({ figure: a, currency: x }, { figure: b, currency: y })).toBe(want);
});

describe('which side is taken', () => {
  const all = (mine: Partial<ProjectValues>, theirs: Partial<ProjectValues>) => differences(BASE, with_(mine), with_(theirs));
  test('who alone changed a field is preselected; where both did the reader must choose', () => {
    const ds = all({ site: 'B', scope: 'mine' }, { site: 'C', name: 'N' });
    expect(preselected(ds)).toEqual({ scope: 'mine', name: 'theirs' });
    expect(undecided(ds, preselected(ds))).toEqual(['site']);
  });
  test('an investor and its name come from one side', () => {
    const ds = all({ investor_name: 'Won' }, { investor: 'i2' });
    expect(undecided(ds, preselected(ds))).toEqual(['investor', 'investor_name']);
    const chosen = choose({}, ds, 'investor', 'theirs');
    expect(chosen).toEqual({ investor: 'theirs', investor_name: 'theirs' });
    expect(merged(with_({ investor: 'i2' }), ds, chosen)).toEqual(with_({ investor: 'i2' }));
  });
  test('the platform brings its pipeline', () => {
    const ds = all({ platform: 'p1', track: 'trade', builds: false }, {});
    expect(preselected(ds)).toEqual({ platform: 'mine', track: 'mine', builds: 'mine' });
    expect(choose(preselected(ds), ds, 'track', 'theirs')).toEqual({ platform: 'theirs', track: 'theirs', builds: 'theirs' });
  });
  test('what is saved is the record and, of mine, what was chosen', () => {
    const theirs = with_({ site: 'C', name: 'N', summary: 'new' });
    const ds = differences(BASE, with_({ site: 'B', scope: 'mine' }), theirs);
    expect(merged(theirs, ds, { site: 'mine', scope: 'theirs', name: 'theirs', summary: 'theirs' })).toEqual(with_({ site: 'B', name: 'N', summary: 'new' }));
  });
});

describe('the record changed once more', () => {
  const mine = with_({ site: 'B', scope: 'mine' });
  const before = differences(BASE, mine, with_({ site: 'C', name: 'N' }));
  const chosen = { site: 'mine', scope: 'theirs', name: 'mine' } as const;
  const again = (theirs: Partial<ProjectValues>) => {
    const after = differences(BASE, mine, with_(theirs));
    const kept = carried(chosen, before, after);
    return { kept, open: undecided(after, kept) };
  };
  test('choices stand where the record is what it was', () => expect(again({ site: 'C', name: 'N', summary: 'x' })).toEqual({ kept: { site: 'mine', scope: 'theirs', name: 'mine', summary: 'theirs' }, open: [] as Field[] }));
  test('what changed again is to be chosen again', () => expect(again({ site: 'D', name: 'N' })).toEqual({ kept: { scope: 'theirs', name: 'mine' }, open: ['site'] }));
  test('what was taken back is mine alone', () => expect(again({ name: 'N' })).toEqual({ kept: { site: 'mine', scope: 'theirs', name: 'mine' }, open: [] as Field[] }));
});

describe('who changed it', () => {
  const act = (at: number, actor_name: string, detail: unknown) => ({ at, actor: actor_name, actor_name, verb: 'pipeline.amended', detail });
  const acts = [act(9, 'D', undefined), act(8, 'A', { fields: ['site', 'name'] }), act(7, 'B', { measure: 'total_investment' }), act(6, 'C', { from: 'lead', to: 'lost' }), act(5, 'E', { fields: ['site', 'scope'] })];
  test.each([
    ['site', 5, 'A'],
    ['total_investment', 5, 'B'],
    ['scope', 5, undefined],
    ['scope', 4, 'E'],
    ['unit', 0, undefined],
  ])('%s since %d: %s', (field, since, want) => expect(changedBy(acts, field, since)?.actor_name).toBe(want));
  test('and who moved it', () => {
    expect(movedBy(acts, 'lost', 5)?.actor_name).toBe('C');
    expect(movedBy(acts, 'lost', 6)).toBeUndefined();
  });
});
