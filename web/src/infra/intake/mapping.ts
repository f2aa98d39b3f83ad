import type { Assign, Column, Profile, Settings, Table } from './api';

/** Where one field's values come from, while it is being chosen; column −1 is none. */
export interface Source {
  column: number;
  constant: string;
  unit: string;
  currency: string;
  order: NonNullable<Assign['order']>;
  values: Record<string, string>;
}

/** A field without a column. */
export const NONE: Source = { column: -1, constant: '', unit: '', currency: '', order: '', values: {} };

/** A mapping by field. */
export type Mapping = Readonly<Record<string, Source>>;

/** The mapping of a list of assignments. */
export function mappingOf(assigns: readonly Assign[]): Mapping {
  return Object.fromEntries(assigns.map((a) => [a.field, { column: a.constant ? -1 : a.column, constant: a.constant ?? '', unit: a.unit ?? '', currency: a.currency ?? '', order: a.order ?? '', values: a.values ?? {} }]));
}

/** The assignments of a mapping: fields with a column or a constant, empty parts left out. */
export function assignsOf(mapping: Mapping): Assign[] {
  return Object.entries(mapping)
    .filter(([, s]) => s.column >= 0 || s.constant !== '')
    .map(([field, s]) => ({
      field,
      column: Math.max(0, s.column),
      ...(s.constant ? { constant: s.constant } : {}),
      ...(s.unit ? { unit: s.unit } : {}),
      ...(s.currency ? { currency: s.currency } : {}),
      ...(s.order ? { order: s.order } : {}),
      ...(Object.keys(s.values).length > 0 ? { values: s.values } : {}),
    }));
}

/** A profile's mapping for this table: columns are found again by the name they had; fields whose column is gone have none. */
export function applyProfile(profile: Profile, table: Table): Mapping {
  const byName = new Map((table.columns ?? []).map((c) => [c.name, c.index]));
  return mappingOf(
    profile.settings.mapping.flatMap((a) => {
      if (a.constant) return [a];
      const column = byName.get(profile.headers[a.column] ?? '');
      return column === undefined ? [] : [{ ...a, column }];
    }),
  );
}

/** The names of a table's columns by index, as a profile keeps them. */
export function headersOf(table: Table): string[] {
  const headers: string[] = [];
  for (const c of table.columns ?? []) headers[c.index] = c.name;
  return Array.from(headers, (h) => h ?? '');
}

/** A column's letter: 0 → A, 26 → AA. */
export function letterOf(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : letterOf(Math.floor(index / 26) - 1) + letterOf(index % 26);
}

/** A column as read in a list: "C 总投资（万元）". */
export function columnLabel(c: Column): string {
  return `${letterOf(c.index)} ${c.name || '—'}${c.unit ? `（${c.unit}）` : ''}`;
}

/** What happens to rows of the file with the same key; '' leaves it to the server. */
export type Duplicates = NonNullable<Settings['duplicates']> | '';

/** The settings of a run. */
export function settingsOf(look: { encoding: string; delimiter: string; sheet: string; header_row: number; header_rows: number }, mapping: Mapping, options: Readonly<Record<string, string>>, duplicates: Duplicates): Settings {
  const given = Object.fromEntries(Object.entries(look).filter(([, v]) => v !== '' && v !== 0));
  const chosen = Object.fromEntries(Object.entries(options).filter(([, v]) => v !== ''));
  return { ...given, mapping: assignsOf(mapping), ...(duplicates ? { duplicates } : {}), ...(Object.keys(chosen).length > 0 ? { options: chosen } : {}) };
}
