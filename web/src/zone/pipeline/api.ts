import { addressOf, call, get, post, type Reply } from '../../kit/api';
import type { Entry } from '../../infra/journal/api';
import type { Page } from '../../kit/types';

/** An amount as the API has it. */
export interface ApiMoney {
  minor: number;
  currency: string;
}

/** The chain in order. */
export const CHAIN = ['lead', 'screening', 'negotiating', 'signed', 'landed', 'started', 'producing', 'effective'] as const;

/** Every state a project can be in. */
export const STAGES = [...CHAIN, 'shelved', 'lost', 'terminated'] as const;

/** A state a project can be in. */
export type Stage = (typeof STAGES)[number];

/** One project as its page needs it. */
export interface Project {
  id: string;
  code: string;
  name: string;
  kind: string;
  builds: boolean;
  investor: string;
  investor_name: string;
  industry: string;
  industry_text: string;
  site: string;
  scope: string;
  summary: string;
  source: string;
  finder: string;
  found_on: string;
  total_investment?: ApiMoney | null;
  fixed_investment?: ApiMoney | null;
  terms: string;
  unit: string;
  unit_name?: string;
  owner: string;
  owner_name?: string;
  stage: Stage;
  prior: Stage | '';
  stage_since: string;
  reason: string;
  missing: number;
  origin: string;
  origin_run?: string;
  origin_author?: string;
  origin_on?: string;
  version: number;
  created_at: number;
  updated_at: number;
  /** Fields that are masked for the reader. */
  hidden: string[] | null;
  signing_held_by: string;
}

/** A project with what is filed under it. */
export interface Docket extends Project {
  ceremonies: { id: string; on: string; note: string; first: boolean; by_name: string }[] | null;
  signoffs: Signoff[] | null;
  chain_breaks: { earlier: Stage; earlier_on: string; later: Stage; later_on: string }[] | null;
}

/** A signature for a stage's gate. */
export interface Signoff {
  id: string;
  stage: Stage;
  role: string;
  by: string;
  by_name: string;
  opinion: string;
  recorded_at: number;
  voided_at: number;
  voided_why: string;
}

/** One line of a gate's checklist. */
export interface GateItem {
  stage: Stage;
  kind: 'field' | 'evidence' | 'signoff';
  id: string;
  label: string;
  met: boolean;
  hint_field: string;
  needs?: string[] | null;
  source: string;
}

/** What is needed to move on. */
export interface Gate {
  next: Stage | '';
  items: GateItem[] | null;
  missing_earlier: GateItem[] | null;
}

/** A planned, forecast, actual or proposed date of a stage; never changed, only followed by another. */
export interface Milestone {
  seq: number;
  stage: Stage;
  kind: 'planned' | 'forecast' | 'actual' | 'proposed' | 'proposed_plan';
  on: string;
  precision: string;
  note: string;
  from_text: boolean;
  by: string;
  by_name: string;
  recorded_at: number;
}

/** One document. */
export interface Evidence {
  id: string;
  kind: string;
  title: string;
  file: string;
  file_name: string;
  media_type: string;
  size: number;
  sha256: string;
  on: string;
  class: string;
  note: string;
  by: string;
  by_name: string;
  recorded_at: number;
  withdrawn_at: number;
  withdrawn_by: string;
  withdrawn_why: string;
}

/** Sums over everything a list's filters let through. */
export interface Totals {
  count: number;
  by_currency: { currency: string; count: number; total_investment: ApiMoney; fixed_investment: ApiMoney }[] | null;
  by_stage: { stage: Stage; count: number }[] | null;
}

/** A requirement of the gate table. */
export interface GateRow {
  stage: Stage;
  kind: 'field' | 'evidence' | 'signoff';
  id: string;
  zh: string;
  en: string;
  needs?: string[] | null;
  class?: string;
}

/** The pipeline as data. */
export interface Definition {
  stages: { id: Stage; zh: string; en: string; meaning_zh: string; meaning_en: string; definition: string }[] | null;
  gates: GateRow[] | null;
}

/** A section or division of GB/T 4754-2017. */
export interface Industry {
  code: string;
  zh: string;
  en: string;
}

const at = (id: string, rest = '') => `/projects/${id}${rest}`;

export const listProjects = (query: object, signal: AbortSignal) => get<Page<Project>>('/projects', query, signal);
export const totalProjects = (query: object, signal: AbortSignal) => get<Totals>('/projects/totals', query, signal);
export const getProject = (id: string, signal?: AbortSignal): Promise<Reply<Docket>> => call<Docket>('GET', at(id), signal ? { signal } : {});
export const openProject = (body: object, key: string) => post<Project>('/projects', body, { key });
export const amendProject = (id: string, body: object, ifMatch: string) => call<Project>('PATCH', at(id), { body, ifMatch });
export const moveProject = (id: string, verb: 'advance' | 'setback' | 'calloff' | 'resume', body: object, ifMatch: string) => call<Project>('POST', at(id, '/' + verb), { body, ifMatch });
export const getGate = (id: string, signal: AbortSignal) => get<Gate>(at(id, '/gate'), undefined, signal);
export const listMilestones = (id: string, signal: AbortSignal) => get<Page<Milestone>>(at(id, '/milestones'), undefined, signal);
export const setMilestone = (id: string, body: object) => post<unknown>(at(id, '/milestones'), body);
export const listEvidence = (id: string, signal: AbortSignal) => get<Page<Evidence>>(at(id, '/evidence'), undefined, signal);
export const attachEvidence = (id: string, form: FormData, key: string) => call<Evidence>('POST', at(id, '/evidence'), { form, key });
export const withdrawEvidence = (id: string, evidence: string, reason: string) => post<unknown>(at(id, `/evidence/${evidence}/withdraw`), { reason });
export const evidenceFile = (id: string, evidence: string, reason?: string) => addressOf(at(id, `/evidence/${evidence}/file`), { reason });
export const signOff = (id: string, body: object) => post<unknown>(at(id, '/signoffs'), body);
export const getTimeline = (id: string, cursor: string, signal: AbortSignal) => get<Page<Entry>>(at(id, '/timeline'), { cursor }, signal);
export const getDefinition = (signal: AbortSignal) => get<Definition>('/pipeline/definition', undefined, signal);
export const getIndustries = (signal: AbortSignal) => get<Page<Industry>>('/industries', undefined, signal);
export const exportAddress = (query: object, format: 'csv' | 'xlsx') => addressOf('/projects/export', { ...query, format });
