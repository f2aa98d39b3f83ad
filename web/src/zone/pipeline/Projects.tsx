import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { DataTable } from '../../kit/DataTable';
import { ExportMenu } from '../../kit/Download';
import { Day, Money, Text } from '../../kit/figures';
import { ListFrame, ListPage, PeekDrawer, RowLink, useFilters, useRows } from '../../kit/ListPage';
import { useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { exactMoney, shortMoney } from '../../kit/money';
import { Empty, Loading } from '../../kit/notices';
import { ViewTabs } from '../../kit/SavedViews';
import { useSession } from '../../kit/session';
import { usePhone } from '../../kit/theme';
import { dayOf } from '../../kit/when';
import { useLang, useWords } from '../../kit/words';
import { listProjects, type Project, type Totals, totalProjects } from './api';
import { AssignBar } from './AssignBar';
import { AsOfStrip } from './AsOf';
import { DueMark } from './DueMark';
import { InStage } from './InStage';
import { useUnits } from './lookups';
import ProjectBrief from './ProjectBrief';
import { ProjectFilters, SPEC, useFilterWords } from './ProjectFilters';
import { StageTag } from './StageTag';
import { words } from './words';

const Board = lazy(() => import('./Board'));
const Gantt = lazy(() => import('./Gantt'));

const DISPLAYS = ['list', 'board', 'gantt'] as const;
type Display = (typeof DISPLAYS)[number];

/** The projects: as a list, on a board or along time. */
export default function Projects() {
  const t = useWords(words);
  const phone = usePhone();
  const { can } = useSession();
  const list = useFilters(SPEC);
  const [search] = useSearchParams();
  const display = DISPLAYS.find((d) => d === search.get('view')) ?? 'list';
  const asOf = list.filters.as_of;
  // Of an earlier day there is a list and nothing else.
  const shown = asOf ? 'list' : display;
  const { filter, load } = useRows(SPEC, list, '/projects', listProjects, { wanted: shown !== 'board' });
  const sums = useLoad(`/projects/totals?${JSON.stringify(filter)}`, (signal) => totalProjects(filter, signal));
  const totals = sums.data;
  const said = useFilterWords(list);
  const empty = (
    <Empty
      title={t('empty')}
      action={
        <span className="row">
          {can('pipeline.open') && <Link to="/projects/new">{t('new')}</Link>}
          {can('intake.run') && <Link to="/imports/new">{t('empty.import')}</Link>}
        </span>
      }
    >
      {t('empty.what')}
    </Empty>
  );
  const frame = {
    title: t('title'),
    count: totals?.count,
    actions: (
      <>
        {can('pipeline.export') && <ExportMenu path="/projects/export" query={filter} />}
        {can('pipeline.open') && !asOf && (
          <Link to="/projects/new">
            <Button type="primary" icon={<PlusOutlined />} tabIndex={-1}>
              {t('new')}
            </Button>
          </Link>
        )}
      </>
    ),
    tabs: (
      <ViewTabs page="projects">
        {!asOf && <DisplaySwitch display={display} />}
      </ViewTabs>
    ),
    filters: <ProjectFilters list={list} />,
    words: said,
    onClear: list.clear,
    totals: totals && !(phone && shown === 'board') && <TotalsLine totals={totals} />, // the column's head says its own
  };
  return (
    <>
      {asOf && <AsOfStrip day={asOf} onBack={() => list.change({ as_of: '' })} />}
      {shown === 'board' ? (
        <ListFrame {...frame}>
          <Suspense fallback={<Loading rows={10} />}>
            {totals?.count === 0 && said.length === 0 ? empty : <Board filter={filter} totals={sums} onOpen={list.setOpen} />}
          </Suspense>
        </ListFrame>
      ) : (
        <ListPage {...frame} load={load} empty={empty}>
          {(rows) =>
            shown === 'gantt' ? (
              <Suspense fallback={<Loading rows={10} />}>
                <Gantt projects={rows} onOpen={list.setOpen} />
              </Suspense>
            ) : (
              <Table rows={rows} list={list} onChanged={() => { load.reload(); sums.reload(); }} />
            )
          }
        </ListPage>
      )}
      <PeekDrawer id={list.open} to={`/projects/${list.open}${asOf ? `?as_of=${asOf}` : ''}`} title={t('brief')} onClose={() => list.setOpen('')}>
        <ProjectBrief id={list.open} asOf={asOf} />
      </PeekDrawer>
    </>
  );
}

/** List, board or Gantt chart; the address says which. */
function DisplaySwitch({ display }: { display: Display }) {
  const t = useWords(words);
  const [search] = useSearchParams();
  const address = (d: Display) => {
    const next = new URLSearchParams(search);
    for (const name of ['view', 'cursor', 'open']) next.delete(name);
    if (d !== 'list') next.set('view', d);
    else if ([...next].length === 0) next.set('v', 'all'); // the list was chosen: no default view
    return '?' + next.toString();
  };
  return (
    <nav className="switch" aria-label={t('display')}>
      {DISPLAYS.map((d) => (
        <Link key={d} to={address(d)} aria-current={d === display ? 'true' : undefined}>
          {t(`display.${d}`)}
        </Link>
      ))}
    </nav>
  );
}

function Table({ rows, list, onChanged }: { rows: readonly Project[]; list: ReturnType<typeof useFilters<typeof SPEC>>; onChanged: () => void }) {
  const { can } = useSession();
  const mayAssign = can('pipeline.amend') && !list.filters.as_of; // what was cannot be changed
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const chosen = rows.filter((p) => selected.has(p.id)); // what is no longer shown is no longer chosen
  const t = useWords(words);
  const k = useKit();
  const { nameOf } = useUnits();
  const openLink = (p: Project) => (
    <RowLink to={`/projects/${p.id}${p.as_of ? `?as_of=${p.as_of}` : ''}`} onPeek={() => list.setOpen(p.id)}>
      {p.name}
    </RowLink>
  );
  return (
    <>
    <DataTable
      caption={t('caption')}
      rows={rows}
      rowKey={(p) => p.id}
      sort={list.sort || '-updated_at'}
      onSort={list.setSort}
      onOpen={(p) => list.setOpen(p.id)}
      opened={list.open}
      selected={mayAssign ? selected : undefined}
      onSelect={mayAssign ? setSelected : undefined}
      nameOf={(p) => p.name}
      columns={[
        { id: 'name', title: t('field.name'), sort: 'name', cell: (p) => <>{openLink(p)}<div className="muted small">{p.code}</div></> },
        { id: 'stage', title: t('field.stage'), cell: (p) => <><StageTag stage={p.stage} track={p.track} />{p.kind === 'expansion' && <div className="muted small">{t('kind.expansion')}</div>}<DueMark project={p} /></> },
        { id: 'since', title: t('in.stage'), sort: 'stage_since', numeric: true, cell: (p) => <InStage project={p} /> },
        { id: 'missing', title: t('missing'), numeric: true, cell: (p) => (p.missing > 0 ? <span className="warn">{t('missing.n', { n: p.missing })}</span> : <span className="muted">{k('empty.value')}</span>) },
        { id: 'amount', title: t('field.total_investment'), sort: 'amount', numeric: true, cell: (p) => <Money amount={p.total_investment} /> },
        { id: 'investor', title: t('field.investor'), cell: (p) => <Text value={p.investor_name} /> },
        { id: 'unit', title: t('field.unit'), cell: (p) => <>{p.unit_name || nameOf(p.unit) || k('unknown.value')}{p.owner_name && <div className="muted small">{p.owner_name}</div>}</> },
        { id: 'updated', title: t('updated'), sort: 'updated_at', numeric: true, cell: (p) => <Day on={dayOf(p.updated_at)} /> },
      ]}
      card={(p) => (
        <>
          <div className="card-line">
            <span className="strong">{openLink(p)}</span>
            <StageTag stage={p.stage} track={p.track} />
          </div>
          <div className="card-line muted small">
            <span>{p.investor_name || p.code}</span>
            <Money amount={p.total_investment} />
          </div>
          <div className="card-line muted small">
            <span>
              {t('in.stage')} <InStage project={p} /> <DueMark project={p} />
            </span>
            {p.missing > 0 && <span className="warn">{t('missing.n', { n: p.missing })}</span>}
          </div>
        </>
      )}
    />
      {mayAssign && <AssignBar chosen={chosen} onClear={() => setSelected(new Set())} onDone={(left) => { setSelected(left); onChanged(); }} />}
    </>
  );
}

function TotalsLine({ totals }: { totals: Totals }) {
  const t = useWords(words);
  const lang = useLang();
  const stated = (totals.by_currency ?? []).filter((c) => c.currency);
  const unstated = (totals.by_currency ?? []).find((c) => !c.currency)?.count ?? 0;
  if (totals.count === 0) return null;
  return (
    <p className="totals" data-testid="totals">
      {stated.map((c) => (
        <span key={c.currency}>
          {t('totals', { currency: c.currency, n: c.count })} <strong className="figure" title={exactMoney(c.total_investment, lang)}>{shortMoney(c.total_investment, lang)}</strong>
          {c.fixed_investment.minor > 0 && <span className="muted" title={exactMoney(c.fixed_investment, lang)}> {t('totals.fixed', { amount: shortMoney(c.fixed_investment, lang) })}</span>}
        </span>
      ))}
      {unstated > 0 && <span className="muted">{t('totals.unstated', { n: unstated })}</span>}
    </p>
  );
}
