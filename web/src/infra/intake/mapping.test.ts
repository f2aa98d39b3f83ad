import { describe, expect, it } from 'vitest';
import type { Profile, Table } from './api';
import { applyProfile, assignsOf, columnLabel, headersOf, letterOf, mappingOf, settingsOf } from './mapping';

const table: Table = { sheet: '台账', header_row: 3, header_rows: 2, confidence: 0.9, banner: [], columns: [{ index: 1, name: '项目名称' }, { index: 3, name: '总投资', unit: '万元' }] };

describe('a mapping', () => {
  it('comes back as the assignments it was made of', () => {
    const assigns = [{ field: 'name', column: 1 }, { field: 'total_investment', column: 3, unit: '万元', currency: 'CNY' }, { field: 'country', column: 0, constant: 'CN' }, { field: 'stage', column: 5, values: { 已签: 'signed' } }];
    expect(assignsOf(mappingOf(assigns))).toEqual(assigns);
  });

  it('of a profile finds its columns again by name and leaves out those that are gone', () => {
    const profile: Profile = { kind: 'projects', name: '旧表', headers: ['总投资', '项目名称', '备注'], settings: { mapping: [{ field: 'name', column: 1 }, { field: 'total_investment', column: 0, unit: '万元' }, { field: 'summary', column: 2 }, { field: 'country', column: 0, constant: 'CN' }] } };
    expect(assignsOf(applyProfile(profile, table))).toEqual([{ field: 'name', column: 1 }, { field: 'total_investment', column: 3, unit: '万元' }, { field: 'country', column: 0, constant: 'CN' }]);
  });

  it('keeps column names by index for a profile', () => {
    expect(headersOf(table)).toEqual(['', '项目名称', '', '总投资']);
  });
});

it('names columns as a sheet does', () => {
  expect([0, 25, 26, 701, 702].map(letterOf)).toEqual(['A', 'Z', 'AA', 'ZZ', 'AAA']);
  expect((table.columns ?? []).map(columnLabel)).toEqual(['B 项目名称', 'D 总投资（万元）']);
});

it('states only what was chosen', () => {
  expect(settingsOf({ encoding: '', delimiter: '', sheet: '台账', header_row: 3, header_rows: 0 }, {}, { unit: '', stage: 'lead' }, '')).toEqual({ sheet: '台账', header_row: 3, mapping: [], options: { stage: 'lead' } });
});
