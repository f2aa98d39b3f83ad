import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Day, Money } from '../../kit/figures';
import { type Load, useLoad } from '../../kit/load';
import { Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { shortMoney } from '../../kit/money';
import { type Lang, useLang, useWords } from '../../kit/words';
import { CHAIN, listProjects, totalProjects } from '../pipeline/api';
import { StageTag } from '../pipeline/StageTag';
import { trackOf, useTrackList } from '../pipeline/tracks';
import { words as stages } from '../pipeline/words';
import { listStalled } from '../pipeline/clock/api';
import { waitsText } from '../portal/waiting';
import { words as waiting } from '../portal/words';
import { getBoard, type Figure } from '../scoreboard/api';
import { decimal, isShare, ofN, percent } from '../scoreboard/figures';
import { listActivities, type PlatformDetail } from './api';
import { words } from './words';

/** A block of the home page: what it may not show it says, what is not there it leaves out. */
function Block<T>({ title, extra, load, children }: { title: string; extra?: ReactNode; load: Load<T>; children: (data: T) => ReactNode }) {
  const t = useWords(words);
  if (load.error?.status === 404) return null;
  return (
    <Section title={title} extra={extra}>
      {load.error?.status === 403 ? <p className="muted tight">{t('block.denied')}</p> : load.error ? <Problem problem={load.error} retry={load.reload} /> : load.data === undefined ? <Loading rows={3} /> : children(load.data)}
    </Section>
  );
}

/** How many of the platform's projects stand at each stage. */
export function Strip({ platform: p }: { platform: PlatformDetail }) {
  const t = useWords(words);
  const s = useWords(stages);
  const lang = useLang();
  const { can } = useSession();
  const absent = trackOf(useTrackList(), p.track)?.absent ?? [];
  const load = useLoad(can('pipeline.read') ? `/projects/totals?platform=${p.id}` : null, (signal) => totalProjects({ platform: p.id }, signal));
  if (!can('pipeline.read')) return null;
  return (
    <Block title={t('pipeline')} load={load}>
      {(totals) => {
        const at = (stage: string) => (totals.by_stage ?? []).find((x) => x.stage === stage)?.count ?? 0;
        const beside = (['shelved', 'lost', 'terminated'] as const).filter((x) => at(x) > 0);
        return (
          <>
            <ol className="stages tally" aria-label={t('pipeline')}>
              {CHAIN.map((stage) => {
                const not = absent.find((x) => x.stage === stage);
                return (
                  <li key={stage} data-state={at(stage) > 0 ? 'now' : 'ahead'}>
                    <span className="name">{s(`stage.${stage}`)}</span>
                    {at(stage) > 0 ? (
                      <Link className="figure strong" to={`/projects?platform=${p.id}&stage=${stage}`}>
                        {at(stage)}
                      </Link>
                    ) : not ? (
                      <span className="muted small" title={lang === 'zh' ? not.why_zh : not.why_en}>
                        {t('absent')}
                      </span>
                    ) : (
                      <span className="figure muted">0</span>
                    )}
                  </li>
                );
              })}
            </ol>
            {beside.length > 0 && (
              <p className="row small">
                {beside.map((x) => (
                  <Link key={x} to={`/projects?platform=${p.id}&stage=${x}`}>
                    {s(`stage.${x}`)} {at(x)}
                  </Link>
                ))}
              </p>
            )}
            {totals.count === 0 && <p className="muted tight">{t('projects.none')}</p>}
          </>
        );
      }}
    </Block>
  );
}

/** The platform's projects changed last. */
export function Projects({ platform }: { platform: string }) {
  const t = useWords(words);
  const { can } = useSession();
  const load = useLoad(can('pipeline.read') ? `/projects?platform=${platform}&n=8` : null, (signal) => listProjects({ platform, limit: 8 }, signal));
  if (!can('pipeline.read')) return null;
  return (
    <Block title={t('projects')} load={load} extra={<Link to={`/projects?platform=${platform}`}>{t('all')}</Link>}>
      {(page) =>
        (page.items ?? []).length === 0 ? (
          <div className="row">
            <span className="muted">{t('projects.none')}</span> {can('pipeline.open') && <Link to={`/projects/new?platform=${platform}`}>{t('projects.first')}</Link>}
          </div>
        ) : (
          <ul className="papers">
            {(page.items ?? []).map((p) => (
              <li key={p.id}>
                <div className="card-line">
                  <Link to={`/projects/${p.id}`}>{p.name}</Link>
                  <StageTag stage={p.stage} />
                </div>
                <div className="card-line muted small">
                  <span>{[p.investor_name, p.owner_name].filter(Boolean).join(' · ') || p.code}</span>
                  <Money amount={p.total_investment} />
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
  const load = useLoad(can('work.read') ? `/activities?platform=${platform}` : null, (signal) => listActivities(platform, signal));
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

/** What the platform has come to so far: the scoreboard's figures of it where the reader has them, else the counts of what they may see. */
export function Results({ platform: p }: { platform: PlatformDetail }) {
  const t = useWords(words);
  const lang = useLang();
  const { can } = useSession();
  const board = useLoad(can('scoreboard.read') ? `/scoreboard?platform=${p.id}` : null, (signal) => getBoard({ platform: p.id }, signal));
  const figures = (board.data?.lights ?? []).flatMap((light) => light.figures ?? []).filter((f) => f.value.state === 'computed');
  return (
    <Section title={t('results')} extra={can('scoreboard.read') && <Link to={`/scoreboard?platform=${p.id}`}>{t('results.board')}</Link>}>
      {board.error && board.error.status !== 403 && <Problem problem={board.error} retry={board.reload} />}
      {board.loading && !board.data && <Loading rows={4} />}
      <dl className="facts results">
        {figures.map((f) => (
          <div key={f.id}>
            <dt>{f.name}</dt>
            <dd className="figure">{figureText(f, lang)}</dd>
          </div>
        ))}
        <div>
          <dt>{t('result.accepted')}</dt>
          <dd className="figure">{p.tasks_accepted}</dd>
        </div>
      </dl>
      {board.data && (
        <p className="muted small tight">
          {t('results.period', { from: board.data.from, until: board.data.until })}
          {figures.length === 0 && ` ${t('results.none')}`}
        </p>
      )}
    </Section>
  );
}

/** A figure in short: a share with its n, a sum of money, days, or a count. */
function figureText({ value: v, kind }: Figure, lang: Lang): string {
  if (v.days) return lang === 'zh' ? `${v.days.p50} 天（中位数）` : `${v.days.p50} days (median)`;
  if (v.money && !v.ratio) return shortMoney(v.money, lang);
  if (v.ratio) return `${isShare(kind) ? percent(v.ratio) : decimal(v.ratio)} (${ofN(v)})`;
  return String(v.numerator ?? 0);
}
