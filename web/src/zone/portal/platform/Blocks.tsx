import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Day, Money } from '../../../kit/figures';
import { type Load, useLoad } from '../../../kit/load';
import { Loading, Problem, Section } from '../../../kit/notices';
import { useSession } from '../../../kit/session';
import { useWords } from '../../../kit/words';
import { listProjects } from '../../pipeline/api';
import { listStalled } from '../../pipeline/clock/api';
import { StageTag } from '../../pipeline/StageTag';
import type { PlatformDetail } from '../../platform/api';
import { listActivities } from '../../work/api';
import { waitsText } from '../waiting';
import { words as waiting } from '../words';
import { words } from './words';

/** A block of the home page: what it may not show it says, what is not there it leaves out. */
export function Block<T>({ title, extra, load, children }: { title: string; extra?: ReactNode; load: Load<T>; children: (data: T) => ReactNode }) {
  const t = useWords(words);
  if (load.error?.status === 404) return null;
  return (
    <Section title={title} extra={extra}>
      {load.error?.status === 403 ? <p className="muted tight">{t('block.denied')}</p> : load.error ? <Problem problem={load.error} retry={load.reload} /> : load.data === undefined ? <Loading rows={3} /> : children(load.data)}
    </Section>
  );
}

/** The platform's projects changed last. */
export function Projects({ platform: p }: { platform: PlatformDetail }) {
  const t = useWords(words);
  const { can } = useSession();
  const platform = p.id;
  const first = can('pipeline.open') && p.works;
  const load = useLoad(can('pipeline.read') ? `/projects?platform=${platform}&n=8` : null, (signal) => listProjects({ platform, limit: 8 }, signal));
  if (!can('pipeline.read')) return null;
  return (
    <Block title={t('projects')} load={load} extra={<>{first && <Link to={`/projects/new?platform=${platform}`}>{t('projects.open')}</Link>}<Link to={`/projects?platform=${platform}`}>{t('all')}</Link></>}>
      {(page) =>
        (page.items ?? []).length === 0 ? (
          <p className="muted tight">{t('projects.none')}</p>
        ) : (
          <ul className="papers">
            {(page.items ?? []).map((x) => (
              <li key={x.id}>
                <div className="card-line">
                  <Link to={`/projects/${x.id}`}>{x.name}</Link>
                  <StageTag stage={x.stage} track={x.track} />
                </div>
                <div className="card-line muted small">
                  <span>{[x.investor_name, x.owner_name].filter(Boolean).join(' · ') || x.code}</span>
                  <Money amount={x.total_investment} />
                </div>
              </li>
            ))}
          </ul>
        )
      }
    </Block>
  );
}

/** The platform's promotion activities, newest first. */
export function Activities({ platform }: { platform: string }) {
  const t = useWords(words);
  const { can } = useSession();
  const load = useLoad(can('work.read') ? `/activities?platform=${platform}` : null, (signal) => listActivities({ platform, limit: 8 }, signal));
  if (!can('work.read')) return null;
  return (
    <Block title={t('activities')} load={load} extra={<Link to={`/activities?platform=${platform}`}>{t('all')}</Link>}>
      {(page) =>
        (page.items ?? []).length === 0 ? (
          <div className="row">
            <span className="muted">{t('activities.none')}</span> {can('work.activity') && <Link to="/activities">{t('activities.first')}</Link>}
          </div>
        ) : (
          <ul className="papers">
            {(page.items ?? []).map((a) => (
              <li key={a.id}>
                <div className="card-line">
                  <Link to={`/activities/${a.id}`}>{a.name}</Link>
                  <Day on={a.on_date} />
                </div>
                <div className="muted small">{[t.maybe('activity.', a.status), a.place].filter(Boolean).join(' · ')}</div>
              </li>
            ))}
          </ul>
        )
      }
    </Block>
  );
}

/** The platform's projects that are past their limit: since when, and on whom they wait. */
export function Stalled({ platform }: { platform: string }) {
  const t = useWords(words);
  const w = useWords(waiting);
  const { can } = useSession();
  const query = { kind: 'overdue', platform, limit: 6 };
  const load = useLoad(can('pipeline.read') ? `/pipeline/stalled?platform=${platform}` : null, (signal) => listStalled(query, signal));
  if (!can('pipeline.read')) return null;
  return (
    <Block title={t('stalled')} load={load} extra={<Link to={`/stalled?platform=${platform}`}>{t('all')}</Link>}>
      {(page) =>
        (page.items ?? []).length === 0 ? (
          <p className="muted tight">{t('stalled.none')}</p>
        ) : (
          <ul className="papers">
            {(page.items ?? []).map((p) => (
              <li key={p.id}>
                <div className="card-line">
                  <Link to={`/projects/${p.id}`}>{p.name}</Link>
                  <span className="bad">{t('stalled.over', { n: p.overdue_days, day: p.due_on })}</span>
                </div>
                <div className="muted small">{[p.stage_label, waitsText(p, w)].filter(Boolean).join(' · ')}</div>
              </li>
            ))}
          </ul>
        )
      }
    </Block>
  );
}
