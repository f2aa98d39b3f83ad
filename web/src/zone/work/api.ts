import type { Entry } from '../../infra/journal/api';
import { call, get, post, type Reply } from '../../kit/api';
import type { Page, Schemas } from '../../kit/types';

/** A task as its page needs it. */
export type Task = Schemas['WorkTaskView'];

/** A comment or the note of a visit. */
export type Note = Schemas['WorkNoteView'];

/** A promotion activity. */
export type Activity = Schemas['WorkActivityView'];

/** Methods, kinds of activity and terms. */
export type Dictionary = Schemas['WorkDictionary'];

/** One way of winning firms. */
export type Method = Schemas['WorkMethod'];

/** A drive of the zone. */
export type Campaign = Schemas['WorkCampaign'];

/** What activities of one method, campaign and currency come to. */
export type Spent = Schemas['WorkSpent'];

/** The states of a task in the order of its life. */
export const STATES = ['open', 'offered', 'accepted', 'returned', 'done', 'cancelled'] as const;

/** The states in which something is left to do. */
export const OPEN_STATES = ['open', 'offered', 'accepted', 'returned'] as const;

const tag = (version: number) => `"${version}"`;

export const listTasks = (query: object, signal: AbortSignal) => get<Page<Task>>('/tasks', query, signal);
export const getTask = (id: string, signal: AbortSignal): Promise<Reply<Task>> => call<Task>('GET', `/tasks/${id}`, { signal });
export const giveTask = (body: object, key: string) => post<Task>('/tasks', body, { key });
export const amendTask = (task: Task, body: object) => call<Task>('PATCH', `/tasks/${task.id}`, { body, ifMatch: tag(task.version) });
export const stepTask = (task: Task, step: 'accept' | 'return' | 'reassign' | 'complete' | 'cancel', body: object) => call<Task>('POST', `/tasks/${task.id}/${step}`, { body, ifMatch: tag(task.version) });
export const taskHistory = (id: string, cursor: string, signal: AbortSignal) => get<Page<Entry>>(`/tasks/${id}/history`, { cursor }, signal);

export const listNotes = (query: object, signal: AbortSignal) => get<Page<Note>>('/notes', query, signal);
export const writeNote = (body: object, key: string) => post<Note>('/notes', body, { key });
export const withdrawNote = (id: string, reason: string) => post<Note>(`/notes/${id}/withdraw`, { reason });

export const listActivities = (query: object, signal: AbortSignal) => get<Page<Activity>>('/activities', query, signal);
export const activityTotals = (query: object, signal: AbortSignal) => get<Page<Spent>>('/activities/totals', query, signal);
export const getActivity = (id: string, signal: AbortSignal): Promise<Reply<Activity>> => call<Activity>('GET', `/activities/${id}`, { signal });
export const planActivity = (body: object, key: string) => post<Activity>('/activities', body, { key });
export const amendActivity = (a: Activity, body: object) => call<Activity>('PATCH', `/activities/${a.id}`, { body, ifMatch: tag(a.version) });
export const stepActivity = (a: Activity, step: 'hold' | 'cancel' | 'minutes', body: object) => call<Activity>('POST', `/activities/${a.id}/${step}`, { body, ifMatch: tag(a.version) });
export const fileMinutes = (id: string, form: FormData) => call<Activity>('POST', `/activities/${id}/minutes/file`, { form });
export const minutesPath = (id: string) => `/activities/${id}/minutes/file`;
export const activityTimeline = (id: string, cursor: string, signal: AbortSignal) => get<Page<Entry>>(`/activities/${id}/timeline`, { cursor }, signal);

export const getMethods = (signal: AbortSignal) => get<Dictionary>('/methods', undefined, signal);
export const addMethod = (body: object, key: string) => post<Method>('/methods', body, { key });
export const setMethod = (m: Method, body: object) => call<Method>('PUT', `/methods/${m.id}`, { body, ifMatch: tag(m.version) });
export const getCampaigns = (signal: AbortSignal) => get<Page<Campaign>>('/campaigns', undefined, signal);
export const addCampaign = (body: object, key: string) => post<Campaign>('/campaigns', body, { key });
export const setCampaign = (c: Campaign, body: object) => call<Campaign>('PUT', `/campaigns/${c.id}`, { body, ifMatch: tag(c.version) });

/** Something found by a search: what a task or a visit is about. */
export interface Found {
  object: string;
  name: string;
  note: string;
}

/** Projects and firms whose name holds q. */
export async function findObjects(q: string, signal: AbortSignal): Promise<Found[]> {
  interface Hit {
    id: string;
    name: string;
    code?: string;
    credit_code?: string;
    kind?: string;
  }
  const ask = async (path: string, object: string) =>
    ((await get<Page<Hit>>(path, { q, limit: 6 }, signal).catch(() => ({ items: [] as Hit[] }))).items ?? []).filter((h) => h.kind !== 'person').map((h) => ({ object: object + h.id, name: h.name, note: h.code ?? h.credit_code ?? '' }));
  const found = await Promise.all([ask('/projects', 'pipeline.project/'), ask('/parties', 'party.party/')]);
  return found.flat();
}
