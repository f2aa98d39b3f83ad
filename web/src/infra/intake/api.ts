import { API, call, get } from '../../kit/api';
import type { Page, Schemas } from '../../kit/types';

/** How far a run is. */
export type State = Run['state'];

/** What becomes of the rows; they add up to the total. */
export type Counts = Schemas['IntakeCounts'];

/** Where a field's values come from. */
export type Assign = Schemas['IntakeAssign'];

/** How a file is read. */
export type Settings = Schemas['IntakeSettings'];

/** One column of the file. */
export type Column = Schemas['SheetColumn'];

/** Where in a sheet the header is. */
export type Table = Schemas['SheetTable'];

/** One import. */
export type Run = Schemas['IntakeRunView'];

/** A field a column may be mapped to. */
export type Field = Schemas['IntakeFieldView'];

/** A kind of register. */
export type Kind = Schemas['IntakeKindView'];

/** What can be told of a file before it is imported. */
export type Sniff = Schemas['IntakeSniff'];

/** A mapping kept for the next file of the same shape. */
export type Profile = Schemas['IntakeProfile'];

/** How to look into a file. */
export interface Look {
  encoding: string;
  delimiter: string;
  sheet: string;
  header_row: number;
  header_rows: number;
}

/** One row of a run. */
export type RunRow = Schemas['IntakeRowView'];

export const listRuns = (query: object, signal: AbortSignal) => get<Page<Run>>('/intake/runs', query, signal);
export const getRun = (id: string, signal: AbortSignal) => get<Run>(`/intake/runs/${id}`, undefined, signal);
export const listRows = (id: string, query: object, signal: AbortSignal) => get<Page<RunRow>>(`/intake/runs/${id}/rows`, query, signal);
export const actOnRun = (id: string, verb: 'publish' | 'cancel' | 'undo' | 'recheck') => call<Run>('POST', `/intake/runs/${id}/${verb}`);
export const eventsAddress = (id: string) => `${API}/intake/runs/${id}/events`;
export const rejectedPath = (id: string) => `/intake/runs/${id}/rejected`;
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
