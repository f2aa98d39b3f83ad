import { API, call, get } from '../../kit/api';
import type { Page } from '../../kit/types';

/** How far a run is. */
export type State = 'reading' | 'deciding' | 'staged' | 'publishing' | 'published' | 'undoing' | 'undone' | 'cancelled' | 'failed';

/** What becomes of a row. */
export type Status = 'new' | 'changed' | 'unchanged' | 'merged' | 'rejected' | 'skipped';

/** What becomes of the rows; they add up to the total. */
export interface Counts {
  new: number;
  changed: number;
  unchanged: number;
  merged: number;
  rejected: number;
  skipped: number;
  noted: number;
}

/** Where a field's values come from. */
export interface Assign {
  field: string;
  column: number;
  constant?: string;
  unit?: string;
  currency?: string;
  order?: string;
  values?: Record<string, string>;
}

/** How a file is read. */
export interface Settings {
  encoding?: string;
  delimiter?: string;
  sheet?: string;
  header_row?: number;
  header_rows?: number;
  mapping: Assign[];
  duplicates?: string;
  options?: Record<string, string>;
}

/** One column of the file. */
export interface Column {
  index: number;
  name: string;
  unit?: string;
  serial?: boolean;
  samples?: string[] | null;
}

/** Where in a sheet the header is. */
export interface Table {
  sheet: string;
  header_row: number;
  header_rows: number;
  confidence: number;
  banner: string[] | null;
  unit?: string;
  columns: Column[] | null;
}

/** One import. */
export interface Run {
  id: string;
  kind: string;
  file_name: string;
  state: State;
  settings?: Settings;
  counts: Counts;
  done: number;
  total: number;
  rate?: number;
  seconds_left?: number;
  fault?: string | { message: string } | null;
  owner?: string;
  owner_name?: string;
  started_at: number;
  phase_at: number;
  published_at: number;
  undone_at: number;
  version: number;
}

/** One row of a run. */
export interface RunRow {
  number: number;
  status: Status | 'waiting';
  title: string;
  object: string;
  reasons: { field?: string; code?: string; message: string }[] | null;
  merged_into?: number;
}

export const listRuns = (query: object, signal: AbortSignal) => get<Page<Run>>('/intake/runs', query, signal);
export const getRun = (id: string, signal: AbortSignal) => get<Run>(`/intake/runs/${id}`, undefined, signal);
export const listRows = (id: string, query: object, signal: AbortSignal) => get<Page<RunRow>>(`/intake/runs/${id}/rows`, query, signal);
export const actOnRun = (id: string, verb: 'publish' | 'cancel' | 'undo' | 'recheck', body: object) => call<Run>('POST', `/intake/runs/${id}/${verb}`, { body });
export const eventsAddress = (id: string) => `${API}/intake/runs/${id}/events`;
export const rejectedAddress = (id: string) => `${API}/intake/runs/${id}/rejected`;
