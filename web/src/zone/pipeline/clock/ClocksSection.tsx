import { InfoCircleOutlined } from '@ant-design/icons';
import { Tooltip } from 'antd';
import { Link } from 'react-router';
import { DataTable } from '../../../kit/DataTable';
import { useLoad } from '../../../kit/load';
import { useKit } from '../../../kit/locale';
import { Loading, Problem, Section } from '../../../kit/notices';
import { sourceIn, useLang, useWords } from '../../../kit/words';
import { getClocks } from './api';
import { type Clock, verdictOf } from './clock';
import { words } from './words';

/** Each span of a project against its limit: planned, due, actual, early or late in words. */
export function ClocksSection({ id, round }: { id: string; round: number }) {
  const t = useWords(words);
  const load = useLoad(`clocks:${id}?${round}`, (signal) => getClocks(id, signal));
  const c = load.data;
  const clocks = c?.clocks ?? [];
  const provisional = clocks.some((x) => x.provisional && x.state === 'provisional');
  return (
    <Section id="clocks" title={t('title')} extra={c && <span className="muted small">{t('track', { name: c.track_name })}</span>}>
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !c ? (
        <Loading rows={4} />
      ) : clocks.length === 0 ? (
        <p className="muted tight">{t('none')}</p>
      ) : (
        <>
          {c.shelved && <p className="warn">{t('shelved')}</p>}
          {c.quiet_limit > 0 && c.quiet_days >= c.quiet_limit && <p className="warn">{t('quiet', { n: c.quiet_days })}</p>}
          <DataTable
            caption={t('caption')}
            rows={clocks}
            rowKey={(x) => `${x.from}/${x.to}`}
            columns={[
              { id: 'span', title: t('span'), cell: (x) => x.name },
              { id: 'limit', title: t('limit'), cell: (x) => <LimitOf clock={x} /> },
              { id: 'start', title: t('start'), cell: (x) => <Plain day={x.start_on} /> },
              { id: 'due', title: t('due'), cell: (x) => <DueDay clock={x} firm={c.firm_until} /> },
              { id: 'reached', title: t('reached'), cell: (x) => <Reached clock={x} /> },
              { id: 'state', title: t('state'), cell: (x) => <ClockTag clock={x} firm={c.firm_until} /> },
            ]}
            card={(x) => (
              <>
                <div className="card-line">
                  <span className="strong">{x.name}</span>
                  <ClockTag clock={x} firm={c.firm_until} />
                </div>
                <div className="small muted">
                  <LimitOf clock={x} /> · {t('start')} <Plain day={x.start_on} /> · {t('due')} <DueDay clock={x} firm={c.firm_until} />
                </div>
                <Reached clock={x} />
              </>
            )}
          />
          {provisional && c.firm_until && (
            <p className="small muted tight clock-note">
              {t('firm', { day: c.firm_until })} · <Link to="/calendar">{t('firm.see')}</Link>
            </p>
          )}
        </>
      )}
    </Section>
  );
}

function Plain({ day }: { day: string }) {
  const k = useKit();
  return day ? (
    <time className="figure" dateTime={day}>
      {day}
    </time>
  ) : (
    <span className="muted">{k('empty.value')}</span>
  );
}

function LimitOf({ clock }: { clock: Clock }) {
  const t = useWords(words);
  const lang = useLang();
  if (!clock.limit || !clock.unit) return <span className="muted">{t('limit.none')}</span>;
  return (
    <span>
      {t(`limit.${clock.unit}`, { n: clock.limit })}{' '}
      <Tooltip title={t('limit.source', { source: sourceIn(clock.source, lang), since: clock.limit_since })}>
        <InfoCircleOutlined className="muted" tabIndex={0} aria-label={t('limit.source', { source: sourceIn(clock.source, lang), since: clock.limit_since })} />
      </Tooltip>
    </span>
  );
}

/** The day a span is due; a provisional one says so, in words. */
export function DueDay({ clock, firm }: { clock: Clock; firm: string }) {
  const t = useWords(words);
  if (!clock.provisional) return <Plain day={clock.due_on} />;
  return (
    <Tooltip title={verdictOf({ ...clock, state: 'provisional', why: 'calendar' }, firm, t).why}>
      <span tabIndex={0}>
        <Plain day={clock.due_on} /> <span className="muted small">{t('state.provisional')}</span>
      </span>
    </Tooltip>
  );
}

function Reached({ clock }: { clock: Clock }) {
  const t = useWords(words);
  if (clock.reached_on) return <Plain day={clock.reached_on} />;
  const running = clock.count_unit && (clock.state === 'running' || clock.state === 'overdue' || clock.state === 'provisional');
  const expected = [running && t(`used.${clock.count_unit || 'day'}`, { n: clock.used }), clock.forecast_on && t('forecast', { day: clock.forecast_on }), clock.planned_on && t('planned', { day: clock.planned_on })].filter(Boolean).join(' · ');
  return expected ? <span className="muted small">{expected}</span> : <Plain day="" />;
}

/** How a clock stands: a word with colour and shape, and why when it is not judged. */
export function ClockTag({ clock, firm }: { clock: Clock; firm: string }) {
  const t = useWords(words);
  const v = verdictOf(clock, firm, t);
  return (
    <span className="clock-tag">
      <span className="tag" data-tone={v.tone}>
        {v.text}
      </span>
      {v.why && <span className="muted small">{v.why}</span>}
    </span>
  );
}
