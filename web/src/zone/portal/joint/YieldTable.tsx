import { InfoCircleOutlined } from '@ant-design/icons';
import { Alert, Button } from 'antd';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { type Column, DataTable } from '../../../kit/DataTable';
import { useLoad } from '../../../kit/load';
import { exactMoney, shortMoney } from '../../../kit/money';
import { Facts, Loading, Problem } from '../../../kit/notices';
import { useSession } from '../../../kit/session';
import { useLang, useWords } from '../../../kit/words';
import { getYield, type Value, type Yield, type YieldRow } from '../../scoreboard/api';
import { percent } from '../../scoreboard/figures';
import { useDepartments } from '../../work/lookups';
import { words } from './words';

const YieldDrawer = lazy(() => import('../../scoreboard/YieldDrawer'));

/** One row: an entry of the dictionary with its figures, or what names none. */
interface Line<T> {
  entry: T | undefined;
  row: YieldRow | undefined;
}

interface Props<T> {
  by: 'method' | 'campaign';
  query: object;
  caption: string;
  /** What the row is called that names no entry. */
  nameless: string;
  entries: readonly T[];
  title: string;
  name: (entry: T) => ReactNode;
  act: ((entry: T) => ReactNode) | undefined;
}

/** The entries of a dictionary with what each brought and cost, as the scoreboard counts it; each number leads to its records. */
export function YieldTable<T extends { id: string }>({ by, query, caption, nameless, entries, title, name, act }: Props<T>) {
  const t = useWords(words);
  const { can } = useSession();
  const { nameOf } = useDepartments();
  const [open, setOpen] = useState<{ row: YieldRow | undefined; part: string }>();
  const load = useLoad(can('scoreboard.read') ? `yield-${by}?${JSON.stringify(query)}` : null, (signal) => getYield({ ...query, by }, signal));
  if (load.error) return <Problem problem={load.error} retry={load.reload} />;
  if (load.loading && !load.data) return <Loading rows={8} />;
  const y = load.data;
  const rows = y?.rows ?? [];
  const rest = rows.filter((r) => r.id === '').map((row): Line<T> => ({ entry: undefined, row }));
  const lines = [...entries.map((entry): Line<T> => ({ entry, row: rows.find((r) => r.id === entry.id) })), ...rest];
  const first = (l: Line<T>) => (l.entry ? name(l.entry) : <span className="muted">{nameless}</span>);
  const see = (row: YieldRow | undefined, part: string) => setOpen({ row, part });
  return (
    <>
      {y?.unit_forced && <Alert type="info" showIcon title={t('yield.forced', { unit: nameOf(y.unit) })} />}
      {y && <Counted y={y} onOpen={() => see(undefined, '')} />}
      <div aria-busy={load.loading}>
        <DataTable<Line<T>>
          caption={caption}
          rows={lines}
          rowKey={(l) => l.entry?.id ?? ''}
          columns={[{ id: 'name', title, cell: first }, ...(y ? columns<T>(t, see) : []), ...(act ? [{ id: 'act', title: t('acts'), cell: (l: Line<T>) => l.entry && act(l.entry) }] : [])]}
          card={(l) => (
            <>
              <div className="row between">
                <div>{first(l)}</div>
                {l.entry && act?.(l.entry)}
              </div>
              {y && idle(l.row) && <p className="muted small tight">{t('yield.idle')}</p>}
              {y && !idle(l.row) && <Facts items={columns<T>(t, see).map((c): [string, ReactNode] => [c.title, c.cell(l)])} />}
            </>
          )}
        />
      </div>
      <Suspense fallback={null}>{y && open && <YieldDrawer yields={y} row={open.row} part={open.part} query={query} onClose={() => setOpen(undefined)} onChanged={load.reload} />}</Suspense>
    </>
  );
}

/** Whether nothing came of it, and nothing was done. */
const idle = (row: YieldRow | undefined) => !row || (row.leads === 0 && row.held === 0 && (row.apart ?? []).length === 0);

type Sayer = ReturnType<typeof useWords<Extract<keyof typeof words.zh, string>>>;

/** By which definition, of which period and as of when the figures are. */
function Counted({ y, onOpen }: { y: Yield; onOpen: () => void }) {
  const t = useWords(words);
  return (
    <p className="muted small">
      {t('yield.counted', { from: y.from, until: y.until, on: y.as_of })} <span className="figure">{`${y.figure}@${y.version}`}</span>
      <Button type="text" size="small" icon={<InfoCircleOutlined />} aria-label={t('yield.about', { name: y.name })} onClick={onOpen} />
    </p>
  );
}

/** The columns of figures, right-aligned, each with its unit. */
function columns<T>(t: Sayer, see: (row: YieldRow, part: string) => void): Column<Line<T>>[] {
  const of = (l: Line<T>, cell: (row: YieldRow) => ReactNode) => (l.row ? cell(l.row) : '');
  return [
    { id: 'leads', title: t('yield.leads'), numeric: true, cell: (l) => of(l, (r) => <Count row={r} part="leads" n={r.leads} hidden={r.hidden} see={see} />) },
    { id: 'talked', title: t('yield.talked'), numeric: true, cell: (l) => of(l, (r) => <Share row={r} part="talked" v={r.talked} see={see} />) },
    { id: 'signed', title: t('yield.signed'), numeric: true, cell: (l) => of(l, (r) => <Share row={r} part="signed" v={r.signed} see={see} />) },
    { id: 'amount', title: t('yield.amount'), numeric: true, cell: (l) => of(l, (r) => <Sum v={{ state: 'computed', money: r.amount }} />) },
    { id: 'held', title: t('yield.held'), numeric: true, cell: (l) => of(l, (r) => <Count row={r} part="held" n={r.held} hidden={r.held_hidden} see={see} />) },
    { id: 'cost', title: t('yield.cost'), numeric: true, cell: (l) => of(l, (r) => <Sum v={r.cost} />) },
    { id: 'per_lead', title: t('yield.per_lead'), numeric: true, cell: (l) => of(l, (r) => <Sum v={r.per_lead} />) },
    { id: 'per_signing', title: t('yield.per_signing'), numeric: true, cell: (l) => of(l, (r) => <Sum v={r.per_signing} />) },
    { id: 'apart', title: t('yield.apart'), cell: (l) => of(l, (r) => <Beside row={r} see={see} />) },
  ];
}

interface Seen {
  row: YieldRow;
  see: (row: YieldRow, part: string) => void;
}

function Count({ row, part, n, hidden, see }: Seen & { part: 'leads' | 'held'; n: number; hidden: number }) {
  const t = useWords(words);
  if (n === 0) return <>0</>;
  return (
    <>
      <Button type="link" className="inline" onClick={() => see(row, part)} aria-label={t('yield.records', { what: t(`yield.${part}`), name: row.name, n })}>
        {n}
      </Button>
      {hidden > 0 && <div className="muted small">{t('yield.hidden', { n: hidden })}</div>}
    </>
  );
}

function Share({ row, part, v, see }: Seen & { part: 'talked' | 'signed'; v: Value }) {
  const t = useWords(words);
  if (v.state === 'insufficient') return <Uncounted why={v.why} />;
  const n = v.numerator ?? 0;
  return (
    <>
      {n === 0 ? (
        0
      ) : (
        <Button type="link" className="inline" onClick={() => see(row, part)} aria-label={t('yield.records', { what: t(`yield.${part}`), name: row.name, n })}>
          {n}
        </Button>
      )}
      <div className="muted small">{percent(v.ratio ?? '')}</div>
    </>
  );
}

function Sum({ v }: { v: Value }) {
  const lang = useLang();
  if (v.state === 'insufficient' || !v.money) return <Uncounted why={v.why} />;
  return <span title={exactMoney(v.money, lang)}>{shortMoney(v.money, lang)}</span>;
}

/** What cannot be computed, and why. */
function Uncounted({ why }: { why: string | undefined }) {
  const t = useWords(words);
  return (
    <>
      {t('yield.uncounted')}
      <div className="muted small" style={{ whiteSpace: 'normal', maxWidth: '9em', marginInlineStart: 'auto' }}>{why}</div>
    </>
  );
}

/** What is counted apart from the row's figures. */
function Beside({ row, see }: Seen) {
  const t = useWords(words);
  return (
    <>
      {(row.apart ?? []).map((a) => (
        <div key={a.id} className="small">
          <Button type="link" size="small" className="inline" onClick={() => see(row, a.id)}>
            {t.maybe('yield.apart.', a.id)} {a.count}
          </Button>
        </div>
      ))}
    </>
  );
}
