import { Button, Drawer, Select } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import ProofDrawer from '../../infra/journal/ProofDrawer';
import { DataTable } from '../../kit/DataTable';
import { ExportMenu } from '../../kit/Download';
import { Day, Money } from '../../kit/figures';
import { useLoad } from '../../kit/load';
import { shortMoney } from '../../kit/money';
import { Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useLang, useWords } from '../../kit/words';
import { type Board, type Figure, getRecords, type Record as Row } from './api';
import DefinitionSection from './DefinitionSection';
import { words } from './words';

/** What is behind a figure: its definition, and the records the reader may open. */
export default function FigureDrawer({ figure, board, query, onClose, onChanged }: { figure: Figure; board: Board; query: object; onClose: () => void; onChanged: () => void }) {
  const t = useWords(words);
  return (
    <Drawer open onClose={onClose} size="min(760px, 100vw)" title={figure.name} destroyOnHidden>
      <DefinitionSection id={figure.id} version={figure.version} facts={[[t('definition.cutoff'), figure.closing?.on ?? t('definition.cutoff.open')], [t('definition.asof'), board.as_of]]} onChanged={onChanged} />
      {figure.value.state === 'insufficient' && <p className="muted">{figure.value.why}</p>}
      <RecordsSection figure={figure} query={query} />
    </Drawer>
  );
}

function RecordsSection({ figure, query }: { figure: Figure; query: object }) {
  const t = useWords(words);
  const lang = useLang();
  const parts = [
    { value: 'numerator', label: t('part.numerator') },
    ...(figure.value.denominator === undefined && figure.value.state === 'computed' ? [] : [{ value: 'denominator', label: t('part.denominator') }]),
    ...(figure.value.bands ?? []).map((b) => ({ value: b.part, label: `${b.to ? t('band.to', { from: shortMoney(b.from, lang), to: shortMoney(b.to, lang) }) : t('band', { from: shortMoney(b.from, lang) })} (${b.count})` })),
    ...(figure.value.apart ?? []).map((a) => ({ value: a.part, label: `${t.maybe('apart.', a.id)} (${a.count})` })),
  ];
  const [part, setPart] = useState(figure.value.state === 'computed' ? 'numerator' : (parts.at(-1)?.value ?? 'numerator'));
  return (
    <Section title={t('records')} extra={<ExportMenu path="/scoreboard/records/export" query={{ ...query, figure: figure.id, part }} />}>
      <Select aria-label={t('records.part')} value={part} onChange={setPart} options={parts} style={{ minWidth: 240, marginBottom: 12 }} />
      <RecordList key={part} figure={figure.id} part={part} query={query} />
    </Section>
  );
}

/** The records of one part of a figure, page by page. */
export function RecordList({ figure, part, query }: { figure: string; part: string; query: object }) {
  const t = useWords(words);
  const { can } = useSession();
  const [cursors, setCursors] = useState<readonly string[]>(['']);
  const [proof, setProof] = useState('');
  const load = useLoad(`records/${figure}/${part}?${cursors.length}`, async (signal) => {
    const pages = await Promise.all(cursors.map((cursor) => getRecords({ ...query, figure, part, cursor, limit: 50 }, signal)));
    return { ...pages[0], items: pages.flatMap((p) => p.items ?? []), next_cursor: pages.at(-1)?.next_cursor };
  });
  if (load.error) return <Problem problem={load.error} retry={load.reload} />;
  if (!load.data) return <Loading rows={5} />;
  const { items, total = 0, hidden = 0, next_cursor: next } = load.data;
  const name = (r: Row) => <Link to={r.kind === 'activity' ? `/activities/${r.id}` : `/projects/${r.id}`}>{r.name}</Link>;
  const prove = (r: Row) =>
    can('journal.prove') && (
      <Button type="link" className="inline" onClick={() => setProof(r.entry)} aria-label={`${t('prove')} ${r.code} ${r.name}`}>
        {t('prove')}
      </Button>
    );
  return (
    <>
      <p role="status" className="muted">
        {t('records.total', { n: total })}
        {hidden > 0 && ` · ${t('records.hidden', { n: hidden })}`}
      </p>
      {items.length === 0 ? (
        <p className="muted">{t('records.none')}</p>
      ) : (
        <DataTable<Row>
          caption={t('records')}
          rows={items}
          rowKey={(r) => `${r.id}/${r.leaf}`}
          columns={[
            { id: 'name', title: t('col.name'), cell: (r) => <>{name(r)} <span className="muted small">{r.code}</span></> },
            { id: 'on', title: t('col.on'), cell: (r) => <Day on={r.on} /> },
            { id: 'amount', title: t('col.amount'), numeric: true, cell: (r) => (r.amount ? <Money amount={r.amount} /> : '—') },
            { id: 'proof', title: t('col.proof'), cell: prove },
          ]}
          card={(r) => (
            <>
              <div className="row between">{name(r)} {prove(r)}</div>
              <div className="muted small">{r.code} · {r.on || '—'}{r.amount && <> · <Money amount={r.amount} /></>}</div>
            </>
          )}
        />
      )}
      {next && <Button onClick={() => setCursors([...cursors, next])}>{t('records.more')}</Button>}
      <ProofDrawer id={proof} onClose={() => setProof('')} />
    </>
  );
}
