import { PlusOutlined } from '@ant-design/icons';
import { Button, Drawer, Input, Segmented, Select } from 'antd';
import { type MouseEvent, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { queryOf } from '../../../kit/address';
import { DataTable } from '../../../kit/DataTable';
import { Day, Text } from '../../../kit/figures';
import { ListPage, useFilters } from '../../../kit/ListPage';
import { useLoad } from '../../../kit/load';
import { Empty } from '../../../kit/notices';
import { useSession } from '../../../kit/session';
import { useWords } from '../../../kit/words';
import { listReports, type Report, STATES } from './api';
import Conflicts from './Conflicts';
import ReportForm from './ReportForm';
import { ReportSheet } from './ReportSheet';
import { numberOf, ReportTag, Until } from './ReportTag';
import RuleDrawer from './RuleDrawer';
import { words } from './words';

const SPEC = { view: 'text', q: 'text', status: 'text', mine: 'flag' } as const;

/** Who first reported a firm, and what disputes about it wait for a decision. */
export default function Reports() {
  const list = useFilters(SPEC);
  return list.filters.view === 'conflicts' ? <Conflicts switcher={<Switcher />} /> : <ReportList />;
}

/** Reports or conflicts. */
function Switcher() {
  const t = useWords(words);
  const list = useFilters(SPEC);
  return <Segmented aria-label={t('title')} value={list.filters.view || 'reports'} onChange={(view) => list.change({ view: view === 'reports' ? '' : view, q: '', status: '', mine: false })} options={[{ value: 'reports', label: t('view.reports') }, { value: 'conflicts', label: t('view.conflicts') }]} />;
}

function ReportList() {
  const t = useWords(words);
  const { can, session } = useSession();
  const navigate = useNavigate();
  const list = useFilters(SPEC);
  const f = list.filters;
  const [filing, setFiling] = useState(false);
  const [settling, setSettling] = useState(false);
  const { mine, view: _, ...rest } = queryOf(SPEC, f);
  const query = { ...rest, ...(mine ? { owner: session?.account.id ?? '' } : {}), cursor: list.cursor, limit: 50 };
  const load = useLoad(`/reports?${JSON.stringify(query)}`, (signal) => listReports(query, signal));
  const said = list.active.filter((name) => name !== 'view').map((name) => (name === 'status' ? t.maybe('state.', f.status) : name === 'mine' ? t('mine') : t('filter.q', { value: f.q })));
  const openLink = (r: Report) => (
    <Link
      to={`/reports?open=${r.id}`}
      onClick={(e: MouseEvent) => {
        if (e.metaKey || e.ctrlKey || e.shiftKey) return;
        e.preventDefault();
        list.setOpen(r.id);
      }}
    >
      {r.firm_name || t('person')}
    </Link>
  );
  return (
    <>
      <ListPage
        title={t('title')}
        actions={
          <>
            {can('pipeline.define') && <Button onClick={() => setSettling(true)}>{t('rule')}</Button>}
            {can('pipeline.report') && (
              <Button type="primary" icon={<PlusOutlined />} onClick={() => setFiling(true)}>
                {t('file')}
              </Button>
            )}
          </>
        }
        filters={
          <>
            <Switcher />
            <Input.Search key={f.q} allowClear defaultValue={f.q} aria-label={t('filter.q.label')} placeholder={t('filter.q.label')} onSearch={(q) => list.change({ q })} style={{ maxWidth: 280 }} />
            <Select allowClear aria-label={t('field.status')} placeholder={t('field.status')} value={f.status || undefined} onChange={(status?: string) => list.change({ status: status ?? '' })} options={STATES.map((v) => ({ value: v, label: t(`state.${v}`) }))} />
            <Button type={f.mine ? 'primary' : 'default'} ghost={f.mine} aria-pressed={f.mine} onClick={() => list.change({ mine: !f.mine })}>
              {t('mine')}
            </Button>
          </>
        }
        words={said}
        onClear={() => list.change({ q: '', status: '', mine: false })}
        load={load}
        empty={<Empty title={t('empty')}>{t('empty.what')}</Empty>}
      >
        {(rows) => (
          <DataTable
            caption={t('title')}
            rows={rows}
            rowKey={(r) => r.id}
            onOpen={(r) => list.setOpen(r.id)}
            opened={list.open}
            columns={[
              { id: 'firm', title: t('field.firm_name'), cell: openLink },
              { id: 'status', title: t('field.status'), cell: (r) => <ReportTag status={r.status} /> },
              { id: 'until', title: t('field.protected_until'), cell: (r) => <Until report={r} /> },
              { id: 'number', title: t('field.number'), cell: (r) => (numberOf(r) ? <span className="mono">{numberOf(r)}</span> : <Text value="" />) },
              { id: 'unit', title: t('field.unit'), cell: (r) => <Text value={r.unit_name} /> },
              { id: 'owner', title: t('field.owner'), cell: (r) => <Text value={r.owner_name || r.by_name} /> },
              { id: 'on', title: t('field.reported_on'), numeric: true, cell: (r) => <Day on={r.reported_on} /> },
            ]}
            card={(r) => (
              <>
                <div className="card-line">
                  <span className="strong">{openLink(r)}</span>
                  <ReportTag status={r.status} />
                </div>
                <div className="card-line muted small">
                  <span>{r.unit_name}</span>
                  <Until report={r} />
                </div>
              </>
            )}
          />
        )}
      </ListPage>
      <Drawer open={list.open !== ''} onClose={() => list.setOpen('')} size="min(560px, 100vw)" title={t('brief')} destroyOnHidden>
        {list.open && <ReportSheet id={list.open} onChanged={load.reload} />}
      </Drawer>
      {settling && <RuleDrawer onClose={() => setSettling(false)} />}
      {filing && (
        <ReportForm
          onClose={() => setFiling(false)}
          onSaved={(made) => {
            setFiling(false);
            load.reload();
            void navigate(`/reports?open=${made.id}`);
          }}
        />
      )}
    </>
  );
}
