import { call, get, post, type Reply } from '../../../kit/api';
import type { Page, Schemas } from '../../../kit/types';

/** A report of a firm. */
export type Report = Schemas['PipelineReportView'];

/** What a reporter learns of a firm before reporting it. */
export type FirmState = Schemas['PipelineFirmState'];

/** Two reports on one firm, of which one can be protected. */
export type Conflict = Schemas['PipelineConflictView'];

/** How the credit for a project is shared. */
export type Shares = Schemas['PipelineSharesView'];

/** The states of a report. */
export const STATES = ['active', 'extended', 'contested', 'expired', 'released', 'converted', 'overruled'] as const;

/** The parts somebody may have in a project. */
export const PARTS = ['began', 'first_report', 'first_talk', 'lead', 'support'] as const;

export const listReports = (query: object, signal: AbortSignal) => get<Page<Report>>('/reports', query, signal);
export const getReport = (id: string, signal?: AbortSignal): Promise<Reply<Report>> => call<Report>('GET', `/reports/${id}`, signal ? { signal } : {});
export const checkFirm = (query: object, signal?: AbortSignal) => get<FirmState>('/reports/check', query, signal);
export const fileReport = (body: object, key: string) => post<Report>('/reports', body, { key });
export const amendReport = (id: string, body: object, ifMatch: string) => call<Report>('PATCH', `/reports/${id}`, { body, ifMatch });
export const extendReport = (id: string, body: object) => post<Report>(`/reports/${id}/extend`, body);
export const releaseReport = (id: string, reason: string) => post<Report>(`/reports/${id}/release`, { reason });
export const listConflicts = (query: object, signal: AbortSignal) => get<Page<Conflict>>('/conflicts', query, signal);
export const decideConflict = (id: string, body: object) => post<Conflict>(`/conflicts/${id}/decide`, body);
export const confirmSameFirm = (body: object) => post<Conflict>('/conflicts', body);
export const getShares = (id: string, signal: AbortSignal): Promise<Reply<Shares>> => call<Shares>('GET', `/projects/${id}/shares`, { signal });
export const setShares = (id: string, body: object, ifMatch: string) => call<Shares>('PUT', `/projects/${id}/shares`, { body, ifMatch });

/** The rule of first reports in force today, with every version known. */
export type Rule = Schemas['PipelineProtectionView'];

export const getRule = (signal: AbortSignal) => get<Rule>('/pipeline/protection', undefined, signal);
export const setRule = (body: object) => call<unknown>('PUT', '/pipeline/protection', { body });
