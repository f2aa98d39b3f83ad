import { call, get, post } from '../../kit/api';
import type { Page, Session } from '../../kit/types';

/** An account with what only administrators see. */
export interface Account {
  id: string;
  login: string;
  name: string;
  unit: string;
  unit_name: string;
  roles: string[] | null;
  status: 'active' | 'disabled';
  lang: 'zh' | 'en';
  version: number;
  created_at: number;
  updated_at: number;
  totp: boolean;
  awaiting_password: boolean;
  locked_until: number;
}

/** A one-time link by which somebody sets a password; shown once. */
export interface Link {
  account: string;
  login: string;
  token: string;
  expires_at: number;
}

/** A role an account can hold. */
export interface Role {
  id: string;
  administrator: boolean;
  zh: string;
  en: string;
}

/** The roles, and which permissions each holds. */
export interface Roles {
  items: Role[] | null;
  permissions: { perm: string; zh: string; en: string; roles: string[] | null }[] | null;
}

/** An API token. */
export interface Token {
  id: string;
  name: string;
  scopes: string[] | null;
  created_at: number;
  expires_at: number;
  used_at: number;
}

export const signIn = (body: object) => post<Session>('/session', body);
export const changePassword = (old: string, next: string) => post<Session>('/session/password', { old, new: next });
export const beginTotp = () => post<{ secret: string; url: string }>('/session/totp');
export const confirmTotp = (code: string) => post<unknown>('/session/totp/confirm', { code });
export const dropTotp = (code: string) => call('DELETE', '/session/totp', { body: { code } });
export const linkOwner = (token: string, signal: AbortSignal) => get<{ login: string; name: string }>(`/first-link/${encodeURIComponent(token)}`, undefined, signal);
export const consumeLink = (token: string, password: string) => post<{ login: string }>(`/first-link/${encodeURIComponent(token)}`, { password });
export const listTokens = (signal: AbortSignal) => get<Page<Token>>('/tokens', { limit: 200 }, signal);
export const issueToken = (body: object, key: string) => post<Token & { secret: string }>('/tokens', body, { key });
export const withdrawToken = (id: string) => call('DELETE', `/tokens/${id}`);
export const getRoles = (signal: AbortSignal) => get<Roles>('/roles', undefined, signal);
export const listAccounts = (query: object, signal: AbortSignal) => get<Page<Account>>('/accounts', query, signal);
export const getAccount = (id: string, signal?: AbortSignal) => call<Account>('GET', `/accounts/${id}`, signal ? { signal } : {});
export const openAccount = (body: object, key: string) => post<{ account: Account; link: Link }>('/accounts', body, { key });
export const amendAccount = (id: string, body: object, ifMatch: string) => call<Account>('PATCH', `/accounts/${id}`, { body, ifMatch });
export const grantRoles = (id: string, body: object, ifMatch: string) => call<Account>('PUT', `/accounts/${id}/roles`, { body, ifMatch });
export const actOnAccount = (id: string, verb: 'disable' | 'enable' | 'unlock', reason: string) => post<Account>(`/accounts/${id}/${verb}`, { reason });
export const resetAccount = (id: string, reason: string) => post<Link>(`/accounts/${id}/reset`, { reason });
