import { useEffect, useRef, useState } from 'react';
import { API, get } from './api';

/** Whether news arrive: opening, as they happen, or not at the moment. */
export type LiveState = 'opening' | 'live' | 'paused';

/** What a stream of news tells. */
export interface LiveHandlers<T> {
  /** One object is not what it was. */
  changed: (news: T) => void;
  /** The stream has begun, or begun again, with what it says first. */
  ready?: (news: T) => void;
  /** Too much happened to tell: fetch everything anew. */
  reset: () => void;
}

/** How long a hidden page keeps its stream: a browser opens few connections to one server. */
const HIDDEN_FOR = 20_000;

/**
 * Follows a stream of events of the API; null follows nothing. It goes on from where it was
 * interrupted, rests while the page is hidden, and finds out when the session has ended.
 */
export function useLive<T>(path: string | null, handlers: LiveHandlers<T>): LiveState {
  const [state, setState] = useState<LiveState>('opening');
  const latest = useRef(handlers);
  latest.current = handlers;

  useEffect(() => {
    if (path === null) return;
    let source: EventSource | undefined;
    let after = '';
    let tries = 0;
    let over = false; // the page has gone
    let timer: ReturnType<typeof setTimeout> | undefined;
    const close = () => {
      clearTimeout(timer);
      source?.close();
      source = undefined;
    };
    const open = () => {
      close();
      const stream = new EventSource(`${API}${path}${after ? `?after=${after}` : ''}`);
      source = stream;
      const take = (event: MessageEvent<string>) => {
        if (event.lastEventId) after = event.lastEventId;
        tries = 0;
        setState('live');
      };
      stream.addEventListener('ready', (event) => {
        take(event);
        latest.current.ready?.(JSON.parse(event.data) as T);
      });
      stream.addEventListener('reset', (event) => {
        take(event);
        latest.current.reset();
      });
      stream.addEventListener('changed', (event) => {
        take(event);
        latest.current.changed(JSON.parse(event.data) as T);
      });
      stream.onerror = () => {
        setState('paused');
        if (stream.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
        close();
        timer = setTimeout(again, Math.min(60_000, 2_000 * 2 ** tries++));
      };
    };
    // A stream that was refused may mean that the session is over: the call tells everyone.
    const again = () =>
      get('/session').then(
        () => void (over || document.hidden || open()),
        () => void (over || (timer = setTimeout(again, 30_000))),
      );
    const watch = () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(close, HIDDEN_FOR);
      else if (!source) open();
    };
    document.addEventListener('visibilitychange', watch);
    if (!document.hidden) open();
    return () => {
      over = true;
      document.removeEventListener('visibilitychange', watch);
      close();
    };
  }, [path]);
  return state;
}
