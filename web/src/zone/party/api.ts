import { addressOf, call, get, type Reply } from '../../kit/api';
import type { Page } from '../../kit/types';

/** Doubts that do not make an entry wrong. */
export interface Warning {
  field: string;
  code: string;
  message: string;
}

/** An enterprise, institution or person. */
export interface Party {
  id: string;
  unit: string;
  owner: string;
  kind: 'enterprise' | 'institution' | 'person';
  name: string;
  name_en: string;
  short_name: string;
  former_names: string[] | null;
  aliases: string[] | null;
  credit_code: string;
  lei: string;
  foreign_reg_no: string;
  country: string;
  industry: string;
  business: string[] | null;
  tags: string[] | null;
  region: string;
  founded: string;
  address: string;
  registered_capital?: { minor: number; currency: string } | null;
  scale: string;
  headcount: number;
  listing: string;
  funding: string;
  origin: string;
  origin_run: string;
  origin_author: string;
  origin_on: string;
  sources: string[] | null;
  warnings: Warning[] | null;
  version: number;
  updated_at: number;
}

/** How somebody at an organisation is reached. */
export interface Contact {
  id: string;
  name: string;
  title: string;
  phone: string;
  email: string;
  erased_at: number;
}

/** A party with its contacts; hidden names the masked fields. */
export interface Sheet extends Party {
  contacts: Contact[] | null;
  hidden: string[] | null;
}

/** The kinds in the order of forms. */
export const KINDS = ['enterprise', 'institution', 'person'] as const;

export const listParties = (query: object, signal: AbortSignal) => get<Page<Party>>('/parties', query, signal);
export const getParty = (id: string, signal?: AbortSignal): Promise<Reply<Sheet>> => call<Sheet>('GET', `/parties/${id}`, signal ? { signal } : {});
export const registerParty = (body: object, key: string) => call<Sheet>('POST', '/parties', { body, key });
export const amendParty = (id: string, body: object, ifMatch: string) => call<Sheet>('PATCH', `/parties/${id}`, { body, ifMatch });
export const addContact = (id: string, body: object, key: string) => call<Sheet>('POST', `/parties/${id}/contacts`, { body, key });
export const removeContact = (id: string, contact: string, ifMatch: string) => call<Sheet>('DELETE', `/parties/${id}/contacts/${contact}`, { ifMatch });
export const unmask = (id: string, fields: readonly string[], reason: string) => call<Sheet>('POST', `/parties/${id}/unmask`, { body: { fields, reason } });
export const exportAddress = (query: object, format: 'csv' | 'xlsx') => addressOf('/parties/export', { ...query, format });
