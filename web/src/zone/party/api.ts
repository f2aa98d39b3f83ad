import type { Entry } from '../../infra/journal/api';
import { call, get, type Reply } from '../../kit/api';
import type { Page, Schemas } from '../../kit/types';

/** Doubts that do not make an entry wrong. */
export type Warning = Schemas['PartySaid'];

/** An enterprise, institution or person. */
export type Party = Schemas['PartyView'];

/** How somebody at an organisation is reached. */
export type Contact = Schemas['PartyContact'];

/** A party with its contacts; hidden names the masked fields. */
export type Sheet = Schemas['PartySheetView'];

/** The kinds in the order of forms. */
export const KINDS = ['enterprise', 'institution', 'person'] as const;

export const listParties = (query: object, signal: AbortSignal) => get<Page<Party>>('/parties', query, signal);
export const getParty = (id: string, signal?: AbortSignal): Promise<Reply<Sheet>> => call<Sheet>('GET', `/parties/${id}`, signal ? { signal } : {});
export const registerParty = (body: object, key: string) => call<Sheet>('POST', '/parties', { body, key });
export const amendParty = (id: string, body: object, ifMatch: string) => call<Sheet>('PATCH', `/parties/${id}`, { body, ifMatch });
export const addContact = (id: string, body: object, key: string) => call<Sheet>('POST', `/parties/${id}/contacts`, { body, key });
export const amendContact = (id: string, contact: string, body: object, ifMatch: string) => call<Sheet>('PATCH', `/parties/${id}/contacts/${contact}`, { body, ifMatch });
export const removeContact = (id: string, contact: string, ifMatch: string) => call<Sheet>('DELETE', `/parties/${id}/contacts/${contact}`, { ifMatch });
export const erase = (id: string, contact: string, reason: string) => call<Sheet>('POST', `/parties/${id}/erase`, { body: { reason, ...(contact ? { contact } : {}) } });
export const unmask = (id: string, fields: readonly string[], reason: string) => call<Sheet>('POST', `/parties/${id}/unmask`, { body: { fields, reason } });
export const partyTimeline = (id: string, cursor: string, signal: AbortSignal) => get<Page<Entry>>(`/parties/${id}/timeline`, { cursor }, signal);
