import { call, get, post } from '../../kit/api';
import type { Page, Schemas } from '../../kit/types';

/** One thing the reader was told. */
export type Notice = Schemas['NotifyShownNotice'];

/** What a person has chosen, and what there is to choose. */
export type Preferences = Schemas['NotifyShownPreferences'];

/** A way out of the house, with how it fares. */
export type Channel = Schemas['NotifyShownChannel'];

/** What is or was on its way out. */
export type Delivery = Schemas['NotifyShownDelivery'];

/** A topic with its name. */
export type Topic = Schemas['NotifyTopicName'];

/** The kinds of channel that can be added. */
export const KINDS = ['webhook', 'wecom', 'dingtalk', 'feishu'] as const;

/** The states of a delivery, those somebody should look at first. */
export const STATES = ['dead', 'failed', 'waiting', 'sent', 'dropped'] as const;

export const listNotices = (query: object, signal: AbortSignal) => get<Page<Notice> & { unread?: number }>('/notices', query, signal);
export const markRead = (body: { ids?: string[]; up_to?: string }) => post<{ unread: number }>('/notices/read', body);
export const getPreferences = (signal: AbortSignal) => get<Preferences>('/notices/preferences', undefined, signal);
export const putPreferences = async (body: object) => (await call<Preferences>('PUT', '/notices/preferences', { body })).data;
export const listChannels = (signal: AbortSignal) => get<{ items: Channel[] | null; topics: Topic[] | null }>('/channels', undefined, signal);
export const addChannel = (body: object, key: string) => post<{ channel: Channel; secret: string }>('/channels', body, { key });
export const changeChannel = (c: Channel, body: object) => call<Channel>('PATCH', `/channels/${c.id}`, { body, ifMatch: `"${c.version}"` });
export const removeChannel = (id: string) => call('DELETE', `/channels/${id}`);
export const testChannel = (id: string) => post<{ ok: boolean; problem: string }>(`/channels/${id}/test`);
export const listDeliveries = (query: object, signal: AbortSignal) => get<Page<Delivery>>('/channels/deliveries', query, signal);
export const sendAgain = (id: string) => post<Delivery>(`/channels/deliveries/${id}/retry`);
