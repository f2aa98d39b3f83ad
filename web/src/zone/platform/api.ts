import { call, get, type Reply } from '../../kit/api';
import type { Entry } from '../../infra/journal/api';
import type { Page, Schemas } from '../../kit/types';
import type { Lang } from '../../kit/words';

/** One platform as a card needs it. */
export type Platform = Schemas['PlatformView'];

/** A platform with the terms of its operators. */
export type PlatformDetail = Schemas['PlatformDetailView'];

/** A contract as a list shows it. */
export type Brief = Schemas['PlatformBriefView'];

/** A contract with its tasks. */
export type Contract = Schemas['PlatformContractView'];

/** A contract task with what was handed in and decided. */
export type Task = Schemas['PlatformTaskView'];

/** A platform of the playbook. */
export type Play = Schemas['PlatformPlayView'];

/** The playbook and where it comes from. */
export interface Playbook {
  as_of: string;
  source_zh: string;
  source_en: string;
  platforms: Play[] | null;
}

/** A contract task that waits for somebody. */
export type MineTask = Schemas['PlatformMineView'];

/** Contract tasks that wait for the caller. */
export interface Mine {
  today: string;
  to_submit: MineTask[] | null;
  to_accept: MineTask[] | null;
  late: MineTask[] | null;
}

/** A platform's name in the reader's language. */
export const nameOf = (p: Pick<Platform, 'name_zh' | 'name_en'>, lang: Lang) => (lang === 'en' ? p.name_en || p.name_zh : p.name_zh);

const task = (contract: string, id: string, verb: string) => `/contracts/${contract}/tasks/${id}/${verb}`;

export const listPlatforms = (retired: boolean, signal: AbortSignal) => get<Page<Platform>>('/platforms', { retired }, signal);
export const getPlaybook = (signal: AbortSignal) => get<Playbook>('/platforms/playbook', undefined, signal);
export const getMine = (signal: AbortSignal) => get<Mine>('/platforms/mine', undefined, signal);
export const adopt = (body: object, key: string) => call<Page<Platform>>('POST', '/platforms/adopt', { body, key });
export const openPlatform = (body: object, key: string) => call<PlatformDetail>('POST', '/platforms', { body, key });
export const getPlatform = (id: string, signal: AbortSignal): Promise<Reply<PlatformDetail>> => call<PlatformDetail>('GET', `/platforms/${id}`, { signal });
export const amendPlatform = (id: string, body: object, ifMatch: string) => call<PlatformDetail>('PATCH', `/platforms/${id}`, { body, ifMatch });
export const changeOperator = (id: string, body: object, ifMatch: string) => call<PlatformDetail>('POST', `/platforms/${id}/operator`, { body, ifMatch });
export const retirePlatform = (id: string, body: object, ifMatch: string) => call<PlatformDetail>('POST', `/platforms/${id}/retire`, { body, ifMatch });
export const platformTimeline = (id: string, signal: AbortSignal) => get<Page<Entry>>(`/platforms/${id}/timeline`, { limit: 20 }, signal);
export const listContracts = (id: string, signal: AbortSignal) => get<Page<Brief>>(`/platforms/${id}/contracts`, { limit: 50 }, signal);
export const fileContract = (id: string, body: object, key: string) => call<Contract>('POST', `/platforms/${id}/contracts`, { body, key });
export const getContract = (id: string, signal: AbortSignal): Promise<Reply<Contract>> => call<Contract>('GET', `/contracts/${id}`, { signal });
export const amendContract = (id: string, body: object, ifMatch: string) => call<Contract>('PATCH', `/contracts/${id}`, { body, ifMatch });
export const closeContract = (id: string, body: object, ifMatch: string) => call<Contract>('POST', `/contracts/${id}/close`, { body, ifMatch });
export const contractTimeline = (id: string, signal: AbortSignal) => get<Page<Entry>>(`/contracts/${id}/timeline`, { limit: 30 }, signal);
export const addTask = (id: string, body: object, key: string) => call<Contract>('POST', `/contracts/${id}/tasks`, { body, key });
export const amendTask = (id: string, tid: string, body: object, ifMatch: string) => call<Contract>('PATCH', `/contracts/${id}/tasks/${tid}`, { body, ifMatch });
export const submitEvidence = (id: string, tid: string, form: FormData, key: string) => call<Contract>('POST', task(id, tid, 'submit'), { form, key });
export const answerObjection = (id: string, tid: string, body: object, key: string) => call<Contract>('POST', task(id, tid, 'answer'), { body, key });
export const reviewTask = (id: string, tid: string, verb: 'accept' | 'object' | 'cancel', body: object, ifMatch: string) => call<Contract>('POST', task(id, tid, verb), { body, ifMatch });
export const filePath = (id: string, submission: string) => `/contracts/${id}/submissions/${submission}/file`;
