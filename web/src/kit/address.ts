/** How one filter stands in the address: text, a list (repeated), or a flag (1). */
export type FilterKind = 'text' | 'list' | 'flag';

/** The filters of a page by name. */
export type FilterSpec = Readonly<Record<string, FilterKind>>;

/** The values of a spec's filters; an unset one is '', [] or false. */
export type Filters<S extends FilterSpec> = { [K in keyof S]: S[K] extends 'list' ? string[] : S[K] extends 'flag' ? boolean : string };

/** Reads the filters of an address. */
export function readFilters<S extends FilterSpec>(spec: S, search: URLSearchParams): Filters<S> {
  const values: Record<string, unknown> = {};
  for (const [name, kind] of Object.entries(spec)) {
    if (kind === 'list') values[name] = search.getAll(name).filter(Boolean);
    else if (kind === 'flag') values[name] = search.get(name) === '1';
    else values[name] = search.get(name) ?? '';
  }
  return values as Filters<S>;
}

/**
 * Writes changed filters into an address. Whatever changes, the list starts at
 * its first page again; names that are no filters stay.
 */
export function writeFilters<S extends FilterSpec>(spec: S, search: URLSearchParams, patch: Partial<Filters<S>>): URLSearchParams {
  const next = new URLSearchParams(search);
  next.delete('cursor');
  next.delete('open');
  for (const [name, value] of Object.entries(patch)) {
    if (!(name in spec)) continue;
    next.delete(name);
    if (Array.isArray(value)) value.forEach((v: string) => next.append(name, v));
    else if (value === true) next.set(name, '1');
    else if (typeof value === 'string' && value.trim() !== '') next.set(name, value.trim());
  }
  return next;
}

/** The names of the filters that are set. */
export function activeFilters<S extends FilterSpec>(spec: S, filters: Filters<S>): (keyof S & string)[] {
  return Object.keys(spec).filter((name) => {
    const value: unknown = filters[name];
    return Array.isArray(value) ? value.length > 0 : Boolean(value);
  });
}

/** The filters as an API query: unset ones left out. */
export function queryOf<S extends FilterSpec>(spec: S, filters: Filters<S>): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const name of activeFilters(spec, filters)) {
    const value: unknown = filters[name];
    query[name] = value === true ? 'true' : (value as string | string[]);
  }
  return query;
}
