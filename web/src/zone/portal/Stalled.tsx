import { Segmented, Select } from 'antd';
import { Link } from 'react-router';
import { DataTable } from '../../kit/DataTable';
import { ListPage, useFilters } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { Empty } from '../../kit/notices';
import { useWords } from '../../kit/words';
import { listStalled, type Waiting } from '../pipeline/clock/api';
import { ClockTag } from '../pipeline/clock/ClocksSection';
import { useUnits } from '../pipeline/lookups';
import { missingText, waitsText } from './waiting';
import { words } from './words';

const SPEC = { kind: 'text', unit: 'text', owner: 'text', platform: 'text' } as const;

/** What stalls: since when, what is missing, and whom it waits for. */
export default function Stalled() {
  const t = useWords(words);
  const { filters, cursor, change, clear } = useFilters(SPEC);
  const { units, nameOf } = useUnits();
  const kind = filters.kind === 'quiet' ? 'quiet' : 'overdue';
  const query = { kind, unit: filters.unit, owner: filters.owner, platform: filters.platform, cursor };
  const load = useLoad(`stalled?${JSON.stringify(query)}`, (signal) => listStalled(query, signal));
  const said = [filters.unit && t('filter.unit', { value: nameOf(filters.unit) }), filters.owner && t('filter.owner'), filters.platform && t('filter.platform')].filter((x): x is string => Boolean(x));
  return (
    <ListPage
      title={t('stalled')}
      load={load}
      words={said}
      onClear={clear}
      filters={
        <>
          <Segmented aria-label={t('stalled.kind')} value={kind} onChange={(v) => change({ kind: v === 'overdue' ? '' : String(v) })} options={[{ value: 'overdue', label: t('stalled.overdue') }, { value: 'quiet', label: t('stalled.quiet') }]} />
          <Select allowClear aria-label={t('unit')} placeholder={t('unit')} value={filters.unit || null} onChange={(v) => change({ unit: v ?? '' })} options={units.filter((u) => u.kind === 'department').map((u) => ({ value: u.id, label: nameOf(u.id) }))} />
        </>
      }
      empty={<Empty title={t('stalled.empty')}>{t('stalled.empty.what')}</Empty>}
    >
      {(rows) => (
        <DataTable
          caption={t('stalled.caption')}
          rows={rows}
          rowKey={(w) => w.id}
          columns={[
            {
              id: 'project',
              title: t('col.project'),
              cell: (w) => (
                <>
                  <Link to={`/projects/${w.id}`}>{w.name}</Link>
                  <div className="small muted">
                    {w.code} · {w.stage_label}
                  </div>
                </>
              ),
            },
            { id: 'since', title: t('col.since'), cell: (w) => <Since waiting={w} /> },
            { id: 'missing', title: t('col.missing'), cell: (w) => missingText(w, t) || '—' },
            { id: 'waits', title: t('col.waits'), cell: (w) => waitsText(w, t) || '—' },
            { id: 'quiet', title: t('col.quiet'), numeric: true, cell: (w) => t('quiet.n', { n: w.quiet_days }) },
          ]}
          card={(w) => (
            <>
              <div className="card-line">
                <Link to={`/projects/${w.id}`} className="strong">
                  {w.name}
                </Link>
                <span className="muted small">{w.stage_label}</span>
              </div>
              <Since waiting={w} />
              <div className="small">{missingText(w, t)}</div>
              <div className="small muted">
                {waitsText(w, t)} · {t('col.quiet')} {t('quiet.n', { n: w.quiet_days })}
              </div>
            </>
          )}
        />
      )}
    </ListPage>
  );
}

function Since({ waiting: w }: { waiting: Waiting }) {
  const t = useWords(words);
  return (
    <>
      {w.clock && <ClockTag clock={w.clock} firm="" />}
      <div className="small muted">{[w.clock?.name, w.overdue_days > 0 && t('since.due', { day: w.due_on })].filter(Boolean).join(' · ')}</div>
    </>
  );
}
