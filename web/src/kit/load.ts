import { useCallback, useEffect, useRef, useState } from 'react';
import { ProblemError } from './api';

/** The state of something being fetched. Data stays while it is fetched again. */
export interface Load<T> {
  data: T | undefined;
  error: ProblemError | undefined;
  loading: boolean;
  reload: () => void;
  set: (data: T) => void;
}

/** Turns anything thrown into a ProblemError. */
export function asProblem(error: unknown): ProblemError {
  return error instanceof ProblemError ? error : new ProblemError(0, 'web.unexpected', '', error instanceof Error ? error.message : String(error));
}

/** Whether a call was given up on purpose. */
export function aborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/**
 * Fetches whenever key changes; null means not yet. A change of key forgets the
 * old data only when the part before "?" changes, so a list keeps its rows
 * while a filter is being applied.
 */
export function useLoad<T>(key: string | null, fetcher: (signal: AbortSignal) => Promise<T>): Load<T> {
  const [state, setState] = useState<{ key: string | null; data: T | undefined; error: ProblemError | undefined; loading: boolean }>({ key, data: undefined, error: undefined, loading: key !== null });
  const [round, setRound] = useState(0);
  const latest = useRef(fetcher);
  latest.current = fetcher;

  useEffect(() => {
    if (key === null) return;
    const controller = new AbortController();
    setState((s) => ({ key, data: sameThing(s.key, key) ? s.data : undefined, error: undefined, loading: true }));
    latest.current(controller.signal).then(
      (data) => {
        if (!controller.signal.aborted) setState({ key, data, error: undefined, loading: false });
      },
      (error: unknown) => {
        if (!controller.signal.aborted && !aborted(error)) setState((s) => ({ ...s, key, error: asProblem(error), loading: false }));
      },
    );
    return () => controller.abort();
  }, [key, round]);

  const reload = useCallback(() => setRound((r) => r + 1), []);
  const set = useCallback((data: T) => setState((s) => ({ ...s, data })), []);
  return { data: state.data, error: state.error, loading: state.loading, reload, set };
}

function sameThing(a: string | null, b: string): boolean {
  return a !== null && a.split('?')[0] === b.split('?')[0];
}

/** Runs one act at a time: busy while it runs, the refusal kept until the next try. */
export function useAct<A extends unknown[]>(act: (...args: A) => Promise<void>): { run: (...args: A) => Promise<boolean>; busy: boolean; error: ProblemError | undefined; clear: () => void } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ProblemError>();
  const running = useRef(false);
  const run = async (...args: A): Promise<boolean> => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setError(undefined);
    try {
      await act(...args);
      return true;
    } catch (thrown) {
      setError(asProblem(thrown));
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  const clear = useCallback(() => setError(undefined), []);
  return { run, busy, error, clear };
}
