import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { call, ProblemError, SIGNED_OUT } from './api';
import { dropDrafts } from './draft';
import { asProblem } from './load';
import { useManner } from './theme';
import type { Session } from './types';

interface SessionState {
  /** undefined while asking, null when nobody is signed in. */
  session: Session | null | undefined;
  /** Why asking failed, when it was not that nobody is signed in. */
  error: ProblemError | undefined;
  /** Whether the signed-in account holds a permission. */
  can: (permission: string) => boolean;
  refresh: () => Promise<void>;
  signOut: () => Promise<void>;
}

const SessionContext = createContext<SessionState | null>(null);

/** The signed-in account, its permissions and zone. */
export function useSession(): SessionState {
  const state = useContext(SessionContext);
  if (!state) throw new Error('useSession outside SessionProvider');
  return state;
}

/** Asks once who is signed in and keeps the answer. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session | null | undefined>(undefined);
  const [error, setError] = useState<ProblemError>();
  const { setLang } = useManner();

  const refresh = useCallback(async () => {
    try {
      const { data } = await call<Session>('GET', '/session');
      if (!localStorage.getItem('sente.lang') && data.account.lang === 'en') setLang('en');
      setError(undefined);
      setSession(data);
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.status === 401) setSession(null);
      else setError(problem);
    }
  }, [setLang]);

  useEffect(() => {
    void refresh();
    const gone = () => setSession(null);
    window.addEventListener(SIGNED_OUT, gone);
    return () => window.removeEventListener(SIGNED_OUT, gone);
  }, []);

  const state = useMemo<SessionState>(
    () => ({
      session,
      error,
      can: (permission) => session?.permissions?.includes(permission) ?? false,
      refresh,
      signOut: async () => {
        await call('DELETE', '/session').catch(() => undefined);
        dropDrafts(sessionStorage);
        setSession(null);
      },
    }),
    [session, error, refresh],
  );
  return <SessionContext value={state}>{children}</SessionContext>;
}
