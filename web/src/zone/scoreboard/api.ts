import { call, get } from '../../kit/api';
import type { Schemas } from '../../kit/types';

/** What a figure comes to, or why there is none. */
export type Value = Schemas['ScoreboardValue'];

/** One figure with what stands beside it. */
export type Figure = Schemas['ScoreboardFigure'];

/** The scoreboard of a period. */
export type Board = Schemas['ScoreboardBoard'];

/** How a figure is counted. */
export type Definition = Schemas['ScoreboardDefinition'];

/** How a figure stands against its target. */
export type Standing = Schemas['ScoreboardStanding'];

/** What methods, campaigns or one activity brought and cost. */
export type Yield = Schemas['ScoreboardYield'];

/** What one of them brought and cost. */
export type YieldRow = Schemas['ScoreboardYieldRow'];

/** One record behind a figure. */
export type Record = Schemas['ScoreboardRecord'];

/** A page of records, with how many the reader may not open. */
export type Records = Schemas['ScoreboardRecords'];

/** The figures behind the plots. */
export type Series = Schemas['ScoreboardSeries'];

export const getBoard = (query: object, signal: AbortSignal) => get<Board>('/scoreboard', query, signal);
export const getDefinitions = (signal: AbortSignal) => get<{ items: Definition[] | null }>('/scoreboard/definitions', undefined, signal);
export const setDefinition = (d: Definition, body: object) => call<Definition>('PUT', `/scoreboard/definitions/${d.id}`, { body, ifMatch: `"${d.version}"` });
export const getYield = (query: object, signal: AbortSignal) => get<Yield>('/scoreboard/yield', query, signal);
export const getSeries = (query: object, signal: AbortSignal) => get<Series>('/scoreboard/series', query, signal);
export const getRecords = (query: object, signal: AbortSignal) => get<Records>('/scoreboard/records', query, signal);
