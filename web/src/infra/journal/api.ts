import { get, post } from '../../kit/api';
import type { Page } from '../../kit/types';

/** A row as it stood after an act; v is null when it was dropped. */
export interface Image {
  t: string;
  k: string;
  v: Record<string, unknown> | null;
}

/** One recorded act. */
export interface Entry {
  id: string;
  seq: number | null;
  ord: number;
  at: number;
  actor: string;
  actor_name: string;
  via: string;
  request?: string;
  verb: string;
  object: string;
  reason?: string;
  detail?: unknown;
  images?: Image[] | null;
  private: 'none' | 'held' | 'erased';
}

/** That an entry stands in the signed tree. */
export interface Proof {
  leaf: string;
  index: number;
  size: number;
  root: string;
  hashes: string[] | null;
  checkpoint: string;
  keys: string[] | null;
}

/** The newest signed head of the tree. */
export interface Head {
  size: number;
  at: number;
  note: string;
  keys: string[] | null;
  window_ms: number;
}

/** Something a verification found. */
export interface Finding {
  kind: string;
  message?: string;
  [fact: string]: unknown;
}

/** The outcome of a verification. */
export interface Report {
  zone: string;
  at: number;
  entries: number;
  waiting: number;
  erased: number;
  rows: number;
  checkpoints: number;
  outside: number;
  size: number;
  root: string;
  findings: Finding[] | null;
  total_findings: number;
  took_ms: number;
}

export const listEntries = (query: object, signal: AbortSignal) => get<Page<Entry>>('/journal', query, signal);
export const getEntry = (id: string, signal: AbortSignal) => get<Entry>(`/journal/${id}`, undefined, signal);
export const getProof = (id: string, signal: AbortSignal) => get<Proof>(`/journal/${id}/proof`, undefined, signal);
export const getHead = (signal: AbortSignal) => get<Head>('/journal/checkpoint', undefined, signal);
export const verifyNow = () => post<Report>('/journal/verify');
