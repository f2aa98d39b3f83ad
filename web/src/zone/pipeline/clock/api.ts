import { get } from '../../../kit/api';
import type { Page, Schemas } from '../../../kit/types';

/** The clocks of one project. */
export type ProjectClocks = Schemas['PipelineProjectClocks'];

/** A project that waits for somebody: since when, for what, for whom. */
export type Waiting = Schemas['PipelineWaiting'];

/** What stalls in one department. */
export type UnitStall = Schemas['PipelineUnitStall'];

/** What waits for the reader, block by block. */
export type Mine = Schemas['PipelineMine'];

export const getClocks = (id: string, signal: AbortSignal) => get<ProjectClocks>(`/projects/${id}/clocks`, undefined, signal);
export const getMine = (signal: AbortSignal) => get<Mine>('/pipeline/mine', undefined, signal);
export const getMineBlock = (block: string, signal: AbortSignal) => get<Mine>('/pipeline/mine', { block, limit: 200 }, signal);
export const listStalled = (query: object, signal: AbortSignal) => get<Page<Waiting>>('/pipeline/stalled', query, signal);
export const listStalledUnits = (signal: AbortSignal) => get<Page<UnitStall>>('/pipeline/stalled/units', undefined, signal);
