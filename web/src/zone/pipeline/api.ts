import { call, get, post, type Reply } from '../../kit/api';
import type { Entry } from '../../infra/journal/api';
import type { Exactly, Page, Schemas } from '../../kit/types';

/** An amount as the API has it. */
export type ApiMoney = Schemas['Money'];

/** The chain in order. */
export const CHAIN = ['lead', 'screening', 'negotiating', 'signed', 'landed', 'started', 'producing', 'effective'] as const;

/** Every state a project can be in. */
export const STAGES = [...CHAIN, 'shelved', 'lost', 'terminated'] as const;

/** A state a project can be in: of the chain, beside it, or a step some track has within a stage of the chain. */
export type Stage = (typeof STAGES)[number] | `${(typeof CHAIN)[number]}.${string}`;

/** One project as its page needs it. */
export type Project = Exactly<Schemas['PipelineView'], { stage: Stage; prior: Stage | '' }>;

/** A project with what is filed under it. */
export type Docket = Exactly<Schemas['PipelineDocketView'], { stage: Stage; prior: Stage | ''; signoffs: Signoff[] | null; chain_breaks: { earlier: Stage; earlier_on: string; later: Stage; later_on: string }[] | null }>;

/** A signature for a stage's gate. */
export type Signoff = Exactly<Schemas['PipelineSignoff'], { stage: Stage }>;

/** One line of a gate's checklist. */
export type GateItem = Exactly<Schemas['PipelineGateItem'], { stage: Stage; kind: 'field' | 'evidence' | 'signoff' }>;

/** What is needed to move on. */
export type Gate = Exactly<Schemas['PipelineChecklist'], { next: Stage | ''; items: GateItem[] | null; missing_earlier: GateItem[] | null }>;

/** A planned, forecast, actual or proposed date of a stage; never changed, only followed by another. */
export type Milestone = Exactly<Schemas['PipelineMilestone'], { stage: Stage; kind: 'planned' | 'forecast' | 'actual' | 'proposed' | 'proposed_plan' }>;

/** One document. */
export type Evidence = Schemas['PipelineEvidence'];

/** Sums over everything a list's filters let through. */
export type Totals = Schemas['PipelineTotals'];

/** A requirement of the gate table. */
export type GateRow = Schemas['PipelineGateRow'];

/** The pipeline as data. */
export type Definition = Schemas['PipelineVocabulary'];

/** A step of a track. */
export type TrackStage = Exactly<Schemas['PipelineTrackStage'], { id: Stage }>;

/** How long a project may take from one stage to another. */
export type Limit = Schemas['PipelineLimit'];

/** A pipeline: its stages in order, those that do not apply, gates and limits. */
export type Track = Exactly<Schemas['PipelineTrack'], { stages: TrackStage[] | null }>;

/** A version of a track with the history of all. */
export type TrackFile = Exactly<Schemas['PipelineTrackFile'], { stages: TrackStage[] | null }>;

/** A section or division of GB/T 4754-2017. */
export type Industry = Schemas['PipelineIndustry'];

const at = (id: string, rest = '') => `/projects/${id}${rest}`;

export const listProjects = (query: object, signal: AbortSignal) => get<Page<Project>>('/projects', query, signal);
export const totalProjects = (query: object, signal: AbortSignal) => get<Totals>('/projects/totals', query, signal);
export const getProject = (id: string, signal?: AbortSignal, asOf = ''): Promise<Reply<Docket>> => call<Docket>('GET', at(id), { ...(signal ? { signal } : {}), ...(asOf ? { query: { as_of: asOf } } : {}) });
export const openProject = (body: object, key: string) => post<Project>('/projects', body, { key });
export const amendProject = (id: string, body: object, ifMatch: string) => call<Project>('PATCH', at(id), { body, ifMatch });
export const moveProject = (id: string, verb: 'advance' | 'setback' | 'calloff' | 'resume', body: object, ifMatch: string) => call<Project>('POST', at(id, '/' + verb), { body, ifMatch });
export const getGate = (id: string, signal: AbortSignal) => get<Gate>(at(id, '/gate'), undefined, signal);
export const listMilestones = (id: string, signal: AbortSignal, asOf = '') => get<Page<Milestone>>(at(id, '/milestones'), { as_of: asOf }, signal);
export const setMilestone = (id: string, body: object) => post<unknown>(at(id, '/milestones'), body);
export const listEvidence = (id: string, signal: AbortSignal, asOf = '') => get<Page<Evidence>>(at(id, '/evidence'), { as_of: asOf }, signal);
export const attachEvidence = (id: string, form: FormData, key: string) => call<Evidence>('POST', at(id, '/evidence'), { form, key });
export const withdrawEvidence = (id: string, evidence: string, reason: string) => post<unknown>(at(id, `/evidence/${evidence}/withdraw`), { reason });
export const evidencePath = (id: string, evidence: string) => at(id, `/evidence/${evidence}/file`);
export const signOff = (id: string, body: object) => post<unknown>(at(id, '/signoffs'), body);
export const getTimeline = (id: string, cursor: string, signal: AbortSignal) => get<Page<Entry>>(at(id, '/timeline'), { cursor }, signal);
export const getDefinition = (signal: AbortSignal) => get<Definition>('/pipeline/definition', undefined, signal);
export const listTracks = () => get<Page<Track>>('/pipeline/tracks');
export const getTrack = (id: string, version: string, signal?: AbortSignal) => call<TrackFile>('GET', `/pipeline/tracks/${id}${version ? `?version=${version}` : ''}`, signal ? { signal } : {});
export const defineTrack = (id: string, body: object, ifMatch: string) => call<TrackFile>('PUT', `/pipeline/tracks/${id}`, { body, ifMatch });
export const newTrack = (body: object, key: string) => post<TrackFile>('/pipeline/tracks', body, { key });
export const getIndustries = (signal: AbortSignal) => get<Page<Industry>>('/industries', undefined, signal);

/** What a stream of changes tells of a project. */
export interface Change {
  id: string;
  version: number;
  stage: string;
  verb: string;
}

/** The latest dates of one project's stages. */
export type ProjectDates = Exactly<Schemas['PipelineDates'], { items: Milestone[] | null }>;

export const datesOf = (ids: readonly string[], signal: AbortSignal) => get<Page<ProjectDates>>('/projects/milestones', { ids: ids.join(',') }, signal);

/** What became of one project of several that were handed over. */
export type Assigned = Schemas['PipelineAssigned'];

export const assignProjects = (body: object) => post<Page<Assigned>>('/projects/assign', body);

/** One statement about a measure, as recorded. */
export type Figure = Schemas['PipelineFigureView'];
/** What is said of a project's measures. */
export type FigureSheet = Schemas['PipelineFigureSheet'];
/** Paid-in funds against the contract. */
export type Rate = Schemas['PipelineRate'];
/** One payment of funds into a project. */
export type Instalment = Schemas['PipelineInstalmentView'];
/** What has been paid into a project. */
export type InstalmentSheet = Schemas['PipelineInstalmentSheet'];
/** Dated facts of a project with their definitions. */
export type FactSheet = Schemas['PipelineFactSheet'];
/** The tax filed under a project. */
export type TaxSheet = Schemas['PipelineTaxSheetView'];
/** Definitions of measures, facts and taxes. */
export type Counted = Schemas['PipelineCounted'];

export const getCounted = (signal: AbortSignal) => get<Counted>('/pipeline/measures', undefined, signal);
export const getFigures = (id: string, query: { as_of?: string; on?: string }, signal: AbortSignal) => get<FigureSheet>(at(id, '/figures'), query, signal);
export const recordFigure = (id: string, body: object) => post<unknown>(at(id, '/figures'), body);
export const getInstalments = (id: string, asOf: string, signal: AbortSignal) => get<InstalmentSheet>(at(id, '/instalments'), { as_of: asOf }, signal);
export const recordInstalment = (id: string, body: object) => post<unknown>(at(id, '/instalments'), body);
export const getFacts = (id: string, asOf: string, signal: AbortSignal) => get<FactSheet>(at(id, '/facts'), { as_of: asOf }, signal);
export const recordFact = (id: string, body: object) => post<unknown>(at(id, '/facts'), body);
export const voidRow = (id: string, kind: 'instalments' | 'facts' | 'tax', row: string, reason: string) => post<unknown>(at(id, `/${kind}/${row}/void`), { reason });
export const getTax = (id: string, signal: AbortSignal) => get<TaxSheet>(at(id, '/tax'), undefined, signal);
export const recordTax = (id: string, body: object) => post<unknown>(at(id, '/tax'), body);
export const unmaskTax = (id: string, purpose: string) => post<TaxSheet>(at(id, '/tax/unmask'), { purpose });
