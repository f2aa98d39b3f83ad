import { PlusOutlined } from '@ant-design/icons';
import { Button, Input, Select } from 'antd';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { DataTable } from '../../kit/DataTable';
import { ExportMenu } from '../../kit/Download';
import { Money, Text, When } from '../../kit/figures';
import { ListPage, PeekDrawer, RowLink, useFilters, useRows } from '../../kit/ListPage';
import { useKit } from '../../kit/locale';
import { Empty } from '../../kit/notices';
import { ViewTabs } from '../../kit/SavedViews';
import { useSession } from '../../kit/session';
import { useWords } from '../../kit/words';
import { KINDS, listParties, type Party } from './api';
import PartyForm from './PartyForm';
import { PartySheet } from './PartySheet';
import { words } from './words';

const SPEC = { q: 'text', kind: 'text', region: 'text' } as const;

/** The list of enterprises, institutions and people. */
export default function Parties() {
  const t = useWords(words);
  const k = useKit();
  const navigate = useNavigate();
  const { can } = useSession();
  const list = useFilters(SPEC);
  const f = list.filters;
  const [adding, setAdding] = useState(false);
  const { filter, load } = useRows(SPEC, list, '/parties', listParties, { sort: 'name' });
  const said = list.active.map((name) => (name === 'kind' ? t.maybe('kind.', f.kind) : t(`filter.${name}`, { value: f[name] })));
  const openLink = (p: Party) => (
    <RowLink to={`/parties/${p.id}`} onPeek={() => list.setOpen(p.id)}>
      {p.name}
    </RowLink>
  );
  const identity = (p: Party) => p.credit_code || p.lei || p.foreign_reg_no;
  return (
    <>
      <ListPage
        title={t('title')}
        actions={
          <>
            {can('party.export') && <ExportMenu path="/parties/export" query={filter} />}
            {can('party.register') && (
              <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>
                {t('new')}
              </Button>
            )}
          </>
        }
        tabs={<ViewTabs page="parties" />}
        filters={
          <>
            <Input.Search key={f.q} allowClear defaultValue={f.q} aria-label={t('filter.q.label')} placeholder={t('filter.q.label')} onSearch={(q) => list.change({ q })} style={{ maxWidth: 320 }} />
            <Select allowClear aria-label={t('field.kind')} placeholder={t('field.kind')} value={f.kind || undefined} onChange={(kind?: string) => list.change({ kind: kind ?? '' })} options={KINDS.map((v) => ({ value: v, label: t(`kind.${v}`) }))} />
            <Input.Search key={'r' + f.region} allowClear defaultValue={f.region} aria-label={t('filter.region.label')} placeholder={t('filter.region.label')} onSearch={(region) => list.change({ region })} style={{ maxWidth: 220 }} />
          </>
        }
        words={said}
        onClear={list.clear}
        load={load}
        empty={<Empty title={t('empty')}>{t('empty.what')}</Empty>}
      >
        {(rows) => (
          <DataTable
            caption={t('caption')}
            rows={rows}
            rowKey={(p) => p.id}
            sort={list.sort || 'name'}
            onSort={list.setSort}
            onOpen={(p) => list.setOpen(p.id)}
            opened={list.open}
            columns={[
              { id: 'name', title: t('field.name'), sort: 'name', cell: (p) => <>{openLink(p)}{(p.warnings ?? []).length > 0 && <div className="warn small">{t('doubts', { n: p.warnings?.length ?? 0 })}</div>}</> },
              { id: 'kind', title: t('field.kind'), cell: (p) => t.maybe('kind.', p.kind) },
              { id: 'code', title: t('field.identity'), cell: (p) => (identity(p) ? <span className="mono">{identity(p)}</span> : <Text value="" />) },
              { id: 'region', title: t('field.region'), cell: (p) => <Text value={p.region || p.country} /> },
              { id: 'industry', title: t('field.industry'), cell: (p) => <Text value={p.industry} /> },
              { id: 'capital', title: t('field.registered_capital'), numeric: true, cell: (p) => <Money amount={p.registered_capital} /> },
              { id: 'updated', title: t('updated'), sort: 'updated_at', numeric: true, cell: (p) => <When at={p.updated_at} /> },
            ]}
            card={(p) => (
              <>
                <div className="card-line">
                  <span className="strong">{openLink(p)}</span>
                  <span className="muted small">{t.maybe('kind.', p.kind)}</span>
                </div>
                <div className="card-line muted small">
                  <span className="mono">{identity(p) || k('unknown.value')}</span>
                  <span>{p.region || p.country}</span>
                </div>
              </>
            )}
          />
        )}
      </ListPage>
      <PeekDrawer id={list.open} to={`/parties/${list.open}`} title={t('brief')} width={640} onClose={() => list.setOpen('')}>
        <PartySheet id={list.open} onChanged={load.reload} />
      </PeekDrawer>
      <PartyForm open={adding} onClose={() => setAdding(false)} onSaved={(made) => void navigate(`/parties/${made.id}`)} />
    </>
  );
}
