import type { CSSProperties } from 'react';
import { Link } from 'react-router';
import { useLoad } from '../../../kit/load';
import { useSession } from '../../../kit/session';
import { useLang, useWords } from '../../../kit/words';
import { type Stage, totalProjects } from '../../pipeline/api';
import { slots, trackOf, useStageName, useTrackList } from '../../pipeline/tracks';
import type { PlatformDetail } from '../../platform/api';
import { Block } from './Blocks';
import { counted, type Standing, standings } from './standing';
import { words } from './words';

/** How many of the platform's projects stand at each step of its own pipeline; expansions by firms already here apart. */
export function Strip({ platform: p }: { platform: PlatformDetail }) {
  const t = useWords(words);
  const { can } = useSession();
  const name = useStageName();
  const track = trackOf(useTrackList(), p.track);
  const may = can('pipeline.read');
  const load = useLoad(may ? `/projects/totals?platform=${p.id}` : null, async (signal) => {
    const [fresh, expansion] = await Promise.all((['new', 'expansion'] as const).map((kind) => totalProjects({ platform: p.id, kind }, signal)));
    return { fresh, expansion };
  });
  if (!may) return null;
  const to = (kind: string, stages: readonly string[]) => `/projects?${[`platform=${p.id}`, `kind=${kind}`, ...stages.map((s) => `stage=${s}`), 'exact=1'].join('&')}`;
  return (
    <Block title={t('pipeline')} load={load}>
      {({ fresh, expansion }) => {
        const all = standings(slots(track), fresh);
        const beside = counted(fresh, ['shelved', 'lost', 'terminated']);
        const expanding = [...standings(slots(track), expansion).filter((s) => s.count > 0), ...counted(expansion, ['shelved', 'lost', 'terminated'])];
        return (
          <>
            <ol className="stages tally" aria-label={t('pipeline')} style={{ '--n': all.length } as CSSProperties}>
              {all.map((s) => (
                <Step key={s.stage} standing={s} name={name(s.stage, p.track)} to={to('new', s.stages)} />
              ))}
            </ol>
            {beside.length > 0 && (
              <p className="row small">
                {beside.map((s) => (
                  <Link key={s.stage} to={to('new', s.stages)}>
                    {name(s.stage)} {s.count}
                  </Link>
                ))}
              </p>
            )}
            {expansion && expansion.count > 0 && (
              <p className="row small">
                <span className="muted">{t('expansion', { n: expansion.count })}</span>
                {expanding.map((s) => (
                  <Link key={s.stage} to={to('expansion', s.stages)}>
                    {name(s.stage, p.track)} {s.count}
                  </Link>
                ))}
              </p>
            )}
            {fresh?.count === 0 && expansion?.count === 0 && <p className="muted tight">{t('projects.none')}</p>}
          </>
        );
      }}
    </Block>
  );
}

/** One step with its count; a stage that does not apply says why, unless some project stands there all the same. */
function Step({ standing: s, name, to }: { standing: Standing<Stage>; name: string; to: string }) {
  const t = useWords(words);
  const lang = useLang();
  const absent = s.why && s.count === 0;
  return (
    <li data-state={absent ? 'none' : s.count > 0 ? 'now' : 'ahead'} {...(absent ? { title: s.why?.[lang] } : {})}>
      <span className="name">{name}</span>
      {absent ? (
        <span className="muted small">{t('absent')}</span>
      ) : s.count > 0 ? (
        <Link className="figure strong" to={to}>
          {s.count}
        </Link>
      ) : (
        <span className="figure muted">0</span>
      )}
    </li>
  );
}
