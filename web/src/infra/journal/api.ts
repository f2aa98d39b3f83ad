import { get, post } from '../../kit/api';
import type { Page, Schemas } from '../../kit/types';

/** A row as it stood after an act; v is null when it was dropped. */
export type Image = Schemas['JournalImage'];

/** One recorded act. */
export type Entry = Schemas['JournalEntry'];

/** That an entry stands in the signed tree. */
export type Proof = Schemas['JournalProof'];

/** The newest signed head of the tree. */
export type Head = Schemas['HeadOutputBody'];

/** Something a verification found. */
export type Finding = Schemas['JournalFinding'];

/** The outcome of a verification. */
export type Report = Schemas['JournalReport'];

export const listEntries = (query: object, signal: AbortSignal) => get<Page<Entry>>('/journal', query, signal);
export const getEntry = (id: string, signal: AbortSignal) => get<Entry>(`/journal/${id}`, undefined, signal);
export const getProof = (id: string, signal: AbortSignal) => get<Proof>(`/journal/${id}/proof`, undefined, signal);
export const getHead = (signal: AbortSignal) => get<Head>('/journal/checkpoint', undefined, signal);
export const verifyNow = () => post<Report>('/journal/verify');
