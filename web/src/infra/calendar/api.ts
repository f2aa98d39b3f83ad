import { call, get } from '../../kit/api';
import type { Page, Schemas } from '../../kit/types';

/** One covered year. */
export type Year = Schemas['CalendarSummary'];

/** What the notice of one year lists. */
export type Days = Schemas['CalendarDaysBody'];

/** What an import changes, or would. */
export type Imported = Schemas['CalendarImportBody'];

export const listYears = (signal: AbortSignal) => get<Page<Year>>('/calendar/years', undefined, signal);
export const getDays = (year: number, signal: AbortSignal) => get<Days>('/calendar/days', { year }, signal);

/** Imports whole years from a file; dry says only what would change. */
export async function importYears(file: File, order: { source: string; reason: string; dry: boolean }): Promise<Imported> {
  const form = new FormData();
  form.append('source', order.source);
  form.append('reason', order.reason);
  if (order.dry) form.append('dry_run', '1');
  form.append('file', file);
  return (await call<Imported>('POST', '/calendar/import', { form })).data;
}
