import { call, get, post } from '../../kit/api';
import type { Page, Schemas, Session } from '../../kit/types';

/** An account with what only administrators see. */
export type Account = Schemas['AccessDetailed'];

/** A one-time link by which somebody sets a password; shown once. */
export type Link = Schemas['AccessLink'];

/** A role an account can hold. */
export type Role = Schemas['AccessRole'];

/** The roles, and which permissions each holds. */
export type Roles = Schemas['AccessRolesBody'];

/** An API token. */
export type Token = Schemas['AccessToken'];

/** The identity provider one may sign in by. */
export type Provider = Schemas['AccessProviderBody'];

export const getProvider = (signal: AbortSignal) => get<Provider>('/session/provider', undefined, signal);
export const giveCode = (totp: string) => post<Session>('/session/oidc', { totp });
export const allowLink = (id: string, reason: string) => post<Account>(`/accounts/${id}/identity`, { reason });
export const unlink = (id: string, reason: string) => call<Account>('DELETE', `/accounts/${id}/identity`, { body: { reason } });
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
