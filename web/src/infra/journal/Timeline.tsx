import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { When } from '../../kit/figures';
import { useSession } from '../../kit/session';
import { useWords } from '../../kit/words';
import type { Entry } from './api';
import { words } from './words';

const ProofDrawer = lazy(() => import('./ProofDrawer'));

/** What happened, newest first; each act can be proved. tell adds the facts of an act the caller understands. */
export function Timeline({ entries, tell }: { entries: readonly Entry[]; tell?: (entry: Entry) => string }) {
  const t = useWords(words);
  const { can } = useSession();
  const [proving, setProving] = useState<Entry>();
  return (
    <>
      <ol className="timeline">
        {entries.map((e) => (
          <li key={e.id}>
            <div>
              <span className="strong">{t.maybe('verb.', e.verb)}</span>
              {tell?.(e) && <span> {tell(e)}</span>}
            </div>
            {e.reason && <div>{t('timeline.reason', { reason: e.reason })}</div>}
            <div className="muted small">
              {e.actor_name || e.actor} · <When at={e.at} minute /> {e.via !== 'session' && `· ${t.maybe('via.', e.via)}`}
              {can('journal.prove') && (
                <>
                  {' '}
                  <Button type="link" size="small" className="inline" onClick={() => setProving(e)} aria-label={t('prove.of', { what: t.maybe('verb.', e.verb) })}>
                    {t('prove')}
                  </Button>
                </>
              )}
            </div>
          </li>
        ))}
      </ol>
      <Suspense fallback={null}>{proving && <ProofDrawer id={proving.id} entry={proving} onClose={() => setProving(undefined)} />}</Suspense>
    </>
  );
}
