import { call, get } from '../../kit/api';
import type { Page, Schemas } from '../../kit/types';

/** A unit of the organisation tree. */
export type Unit = Schemas['AccessUnit'];

/** A person in office. */
export type Official = Schemas['OfficeOfficial'];

/** What a unit or an official answers for. */
export type Duty = Schemas['OfficeDuty'];

const tag = (version: number) => `"${version}"`;

export const listUnits = (closed: boolean, signal: AbortSignal) => get<Page<Unit>>('/units', { closed }, signal);
export const establish = (body: object, key: string) => call<Unit>('POST', '/units', { body, key });
export const changeUnit = (unit: Unit, body: object) => call<Unit>('PATCH', `/units/${unit.id}`, { body, ifMatch: tag(unit.version) });
export const listOfficials = (query: object, signal: AbortSignal) => get<Page<Official>>('/officials', { limit: 200, ...query }, signal);
export const appoint = (body: object, key: string) => call<Official>('POST', '/officials', { body, key });
export const changeOfficial = (official: Official, body: object) => call<Official>('PATCH', `/officials/${official.id}`, { body, ifMatch: tag(official.version) });
export const listDuties = (query: object, signal: AbortSignal) => get<Page<Duty>>('/duties', { limit: 200, ...query }, signal);
export const assignDuty = (body: object, key: string) => call<Duty>('POST', '/duties', { body, key });
export const endDuty = (duty: Duty, untilOn: string) => call<Duty>('PATCH', `/duties/${duty.id}`, { body: { until_on: untilOn }, ifMatch: tag(duty.version) });
