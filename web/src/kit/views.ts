import { call, get, post } from './api';
import type { Page, Schemas } from './types';

/** A saved view of a list. */
export type SavedView = Schemas['ViewsShown'];

export const listViews = (page: string, signal?: AbortSignal) => get<Page<SavedView>>('/views', { page }, signal);
export const saveView = (body: object) => post<SavedView>('/views', body);
export const changeView = (view: SavedView, body: object) => call<SavedView>('PATCH', `/views/${view.id}`, { body, ifMatch: `"${view.version}"` });
export const removeView = (view: SavedView) => call<unknown>('DELETE', `/views/${view.id}`);

/** What of an address a view does not keep: the page one is at, the open drawer, the view itself. */
const PASSING = ['cursor', 'open', 'v'];

/** The part of an address a view keeps, in one order whatever way it came about. */
export function keptQuery(search: URLSearchParams): string {
  const kept = [...search].filter(([name]) => !PASSING.includes(name));
  return new URLSearchParams(kept.toSorted(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))).toString();
}

/** The address of a view. */
export function viewSearch(view: Pick<SavedView, 'id' | 'query'>): string {
  const search = new URLSearchParams(view.query);
  for (const name of PASSING) search.delete(name);
  search.set('v', view.id);
  return '?' + search.toString();
}
