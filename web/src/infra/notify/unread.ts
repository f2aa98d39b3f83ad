import { useCallback, useEffect, useRef, useState } from 'react';
import { useLive } from '../../kit/live';

const NAME = 'sente.unread';

/** What the stream of notices tells. */
interface Count {
  unread: number;
}

/** Calls fn with the number of unread notices whenever a page of this browser learns it. */
export function useNews(fn: (unread: number) => void): void {
  const latest = useRef(fn);
  latest.current = fn;
  useEffect(() => {
    const channel = new BroadcastChannel(NAME);
    channel.onmessage = (event: MessageEvent<number>) => latest.current(event.data);
    return () => channel.close();
  }, []);
}

/** Whether the page can be seen. */
function useSeen(): boolean {
  const [seen, setSeen] = useState(!document.hidden);
  useEffect(() => {
    const look = () => setSeen(!document.hidden);
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  return seen;
}

/**
 * Whether this page listens for all that are open: a browser opens few connections
 * to one server, so one page that can be seen holds the stream and tells the others.
 */
function useListener(): boolean {
  const seen = useSeen();
  const [listens, setListens] = useState(false);
  useEffect(() => {
    if (!seen) return;
    if (!('locks' in navigator)) {
      setListens(true);
      return () => setListens(false);
    }
    const over = new AbortController();
    navigator.locks
      .request(NAME, { signal: over.signal }, () => {
        setListens(true);
        return new Promise<void>((done) => over.signal.addEventListener('abort', () => done()));
      })
      .catch(() => undefined); // given up before it was this page's turn
    return () => {
      over.abort();
      setListens(false);
    };
  }, [seen]);
  return listens;
}

/** How many notices the reader has not read, as it changes; undefined until it is known. */
export function useUnread(): { unread: number | undefined; setUnread: (n: number) => void } {
  const listens = useListener();
  const [unread, setUnread] = useState<number>();
  const others = useRef<BroadcastChannel>(undefined);
  useEffect(() => {
    const channel = new BroadcastChannel(NAME);
    others.current = channel;
    return () => channel.close();
  }, []);
  useNews(setUnread);
  const tell = useCallback((n: number) => {
    setUnread(n);
    others.current?.postMessage(n);
  }, []);
  const take = (c: Count) => tell(c.unread);
  useLive<Count>(listens ? '/notices/events' : null, { changed: take, ready: take, reset: () => undefined });
  return { unread, setUnread: tell };
}
