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
  counts: Counts;
  done: number;
  total: number;
  /** Rows per second of the present phase. */
  rate: number;
  /** −1 = unknown. */
  seconds_left: number;
  kind_label: string;
  /** Why the run failed or was refused, and the rows concerned. */
  problem?: string;
  problems: string[] | null;
  owner_name: string;
  started_at: number;
  published_at?: number;
  undone_at?: number;
  version: number;
}

/** A field a column may be mapped to. */
export interface Field {
  id: string;
  label: string;
  type: 'text' | 'code' | 'money' | 'date' | 'enum' | 'int';
  required: boolean;
  personal: boolean;
  choices: { id: string; label: string }[];
}

/** A kind of register. */
export interface Kind {
  id: string;
  label: string;
  fields: Field[];
  options: Field[];
}

/** What can be told of a file before it is imported. */
export interface Sniff {
  id: string;
  name: string;
  size: number;
  sha256: string;
  format: 'xlsx' | 'csv';
  encoding?: { encoding: string; confidence: number };
  delimiter?: string;
  sheets: { name: string; hidden?: boolean }[];
  table: Table;
  preview: { number: number; kind: string; cells: string[] }[];
  mapping: Assign[];
  profile?: string;
  duplicates?: string;
  unmapped: string[];
}

/** A mapping kept for the next file of the same shape. */
export interface Profile {
  id?: string;
  kind: string;
  name: string;
  settings: Settings;
  headers: string[];
}

/** How to look into a file. */
export interface Look {
  encoding: string;
  delimiter: string;
  sheet: string;
  header_row: number;
  header_rows: number;
}

/** One row of a run. */
export interface RunRow {
  number: number;
  status: Status | 'waiting';
  title: string;
  object: string;
  reasons: { field?: string; field_label?: string; code: string; text: string }[] | null;
  merged_into?: number;
}

export const listRuns = (query: object, signal: AbortSignal) => get<Page<Run>>('/intake/runs', query, signal);
export const getRun = (id: string, signal: AbortSignal) => get<Run>(`/intake/runs/${id}`, undefined, signal);
export const listRows = (id: string, query: object, signal: AbortSignal) => get<Page<RunRow>>(`/intake/runs/${id}/rows`, query, signal);
export const actOnRun = (id: string, verb: 'publish' | 'cancel' | 'undo' | 'recheck') => call<Run>('POST', `/intake/runs/${id}/${verb}`);
export const eventsAddress = (id: string) => `${API}/intake/runs/${id}/events`;
export const rejectedAddress = (id: string) => `${API}/intake/runs/${id}/rejected?format=xlsx`;
export const listKinds = (signal: AbortSignal) => get<Page<Kind>>('/intake/kinds', undefined, signal);
export const lookInto = (file: string, kind: string, look: Look, signal: AbortSignal) => get<Sniff>(`/intake/files/${file}`, { kind, ...stated(look) }, signal);
export const distinctValues = (file: string, column: number, look: Look, signal: AbortSignal) => get<Page<{ text: string; count: number }>>(`/intake/files/${file}/values`, { column: String(column), ...stated(look) }, signal);
export const listProfiles = (kind: string, signal: AbortSignal) => get<Page<Profile>>('/intake/profiles', { kind }, signal);
export const saveProfile = (profile: Profile) => call<Profile>('PUT', '/intake/profiles', { body: profile });
export const beginRun = (body: object, key: string) => call<Run>('POST', '/intake/runs', { body, key });

/** Uploads a register and looks into it. */
export function uploadFile(kind: string, file: File, signal: AbortSignal) {
  const form = new FormData();
  form.append('kind', kind);
  form.append('file', file);
  return call<Sniff>('POST', '/intake/files', { form, signal });
}

/** Leaves out what is to be found out by the server. */
function stated(look: Look): Partial<Look> {
  return Object.fromEntries(Object.entries(look).filter(([, v]) => v !== '' && v !== 0));
}
