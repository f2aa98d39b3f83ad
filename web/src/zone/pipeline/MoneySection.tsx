import { PlusOutlined } from '@ant-design/icons';
import { Button, Drawer } from 'antd';
import { useState } from 'react';
import { Day, Money, When } from '../../kit/figures';
import { ReasonDialog } from '../../kit/forms';
import { useLoad } from '../../kit/load';
import { useKit } from '../../kit/locale';
import { shortMoney } from '../../kit/money';
import { Loading, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { usePhone } from '../../kit/theme';
import { useLang, useWords } from '../../kit/words';
import { type Counted, type Evidence, type Figure, getCounted, getFigures, getInstalments, type Instalment, type Rate, voidRow } from './api';
import { FigureDrawer, InstalmentDrawer } from './MoneyForms';
import { paidPlot } from './paid';
import { words } from './words';

const KINDS = ['promised', 'planned', 'forecast', 'actual'] as const;

/** What is promised, planned, forecast and has come about of a project, and what has been paid in. */
export function MoneySection({ project, asOf, round, evidence, signed, onChanged }: { project: string; asOf: string; round: number; evidence: readonly Evidence[]; signed: boolean; onChanged: () => void }) {
  const t = useWords(words);
  const { can } = useSession();
  const counted = useLoad('measures', getCounted);
  const figures = useLoad(`figures:${project}:${asOf}?${round}`, (signal) => getFigures(project, asOf ? { as_of: asOf } : {}, signal));
  const later = useLoad(asOf ? `figures-on:${project}:${asOf}?${round}` : null, (signal) => getFigures(project, { on: asOf }, signal));
  const paid = useLoad(`instalments:${project}:${asOf}?${round}`, (signal) => getInstalments(project, asOf, signal));
  const [form, setForm] = useState<'' | 'figure' | 'instalment'>('');
  const [history, setHistory] = useState<Line>();
  const [voiding, setVoiding] = useState<Instalment>();
  const may = can('pipeline.figure') && !asOf;
  const error = counted.error ?? figures.error ?? paid.error;
  const lines = linesOf(figures.data?.in_force ?? [], figures.data?.items ?? []);
  return (
    <Section
      id="money"
      title={t('money')}
      extra={
        may && (
          <>
            <Button icon={<PlusOutlined />} onClick={() => setForm('figure')}>
              {t('figure.add')}
            </Button>
            {signed && <Button onClick={() => setForm('instalment')}>{t('instalment.add')}</Button>}
          </>
        )
      }
    >
      {error ? (
        <Problem problem={error} retry={() => { figures.reload(); paid.reload(); counted.reload(); }} />
      ) : !figures.data || !paid.data || !counted.data ? (
        <Loading rows={5} />
      ) : (
        <>
          <RateLine rate={figures.data.rate} none={!(paid.data.items ?? []).some((i) => !i.voided_at)} />
          {lines.length === 0 ? (
            <p className="muted">{t('figures.none')}</p>
          ) : (
            <Figures lines={lines} held={figures.data.in_force ?? []} known={asOf ? later.data?.in_force : undefined} counted={counted.data} onHistory={setHistory} />
          )}
          {(paid.data.items ?? []).length > 0 && (
            <>
              <h3>{t('instalments')}</h3>
              <PaidPlot items={paid.data.items ?? []} figures={figures.data.items ?? []} />
              <ul className="papers">
                {(paid.data.items ?? []).map((i) => (
                  <li key={i.id} data-withdrawn={i.voided_at > 0 || undefined}>
                    <div className="card-line">
                      <span className="strong">
                        <Money amount={i.amount} />
                      </span>
                      <Day on={i.on} />
                    </div>
                    <div className="muted small">
                      {t.maybe('paid.', i.source_kind)} · {t('instalment.voucher')} {evidence.find((e) => e.id === i.evidence)?.title || evidence.find((e) => e.id === i.evidence)?.file_name || '—'} · {i.by_name || i.by} · <When at={i.recorded_at} minute />
                    </div>
                    {i.note && <div className="small">{i.note}</div>}
                    {i.voided_at > 0 ? (
                      <div className="small bad">{t('voided', { reason: i.voided_why })}</div>
                    ) : (
                      may && (
                        <Button type="link" size="small" className="inline" onClick={() => setVoiding(i)} aria-label={`${t('void')} ${i.on}`}>
                          {t('void')}
                        </Button>
                      )
                    )}
                  </li>
                ))}
              </ul>
            </>
          )}
        </>
      )}
      <HistoryDrawer of={history} items={figures.data?.items ?? []} counted={counted.data} evidence={evidence} onClose={() => setHistory(undefined)} />
      {counted.data && form === 'figure' && <FigureDrawer project={project} counted={counted.data} evidence={evidence} signed={signed} onClose={() => setForm('')} onSaved={onChanged} />}
      {counted.data && form === 'instalment' && <InstalmentDrawer project={project} counted={counted.data} evidence={evidence} onClose={() => setForm('')} onSaved={onChanged} />}
      <ReasonDialog
        open={voiding !== undefined}
        title={t('void')}
        intro={t('void.what')}
        confirm={t('void')}
        danger
        onCancel={() => setVoiding(undefined)}
        onConfirm={async (reason) => {
          if (voiding) await voidRow(project, 'instalments', voiding.id, reason);
          setVoiding(undefined);
          onChanged();
        }}
      />
    </Section>
  );
}

interface Line {
  measure: string;
  period: string;
}

interface FiguresProps {
  lines: readonly Line[];
  held: readonly Figure[];
  /** What is known today of an earlier day. */
  known: readonly Figure[] | null | undefined;
  counted: Counted;
  onHistory: (line: Line) => void;
}

/** The measures with what is promised, planned, forecast and actual, each from when it holds; on a phone one below the other. */
function Figures({ lines, held, known, counted, onHistory }: FiguresProps) {
  const t = useWords(words);
  const phone = usePhone();
  const name = (line: Line) => (
    <Button type="link" size="small" className="inline" onClick={() => onHistory(line)}>
      <MeasureName counted={counted} {...line} />
    </Button>
  );
  const cell = (line: Line, kind: string) => <FigureCell held={figureOf(held, line, kind)} known={known ? { now: figureOf(known, line, kind) } : undefined} counted={counted} />;
  if (phone)
    return (
      <ul className="papers figures" aria-label={t('figures')}>
        {lines.map((line) => (
          <li key={line.measure + line.period}>
            {name(line)}
            {KINDS.filter((kind) => figureOf(held, line, kind) ?? (known && figureOf(known, line, kind))).map((kind) => (
              <div key={kind} className="card-line">
                <span className="muted">{t(`figure.${kind}`)}</span>
                <span>{cell(line, kind)}</span>
              </div>
            ))}
          </li>
        ))}
      </ul>
    );
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t('figures')}>
      <table className="plain figures">
        <caption className="sr-only">{t('figures')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('figure.measure')}</th>
            {KINDS.map((kind) => (
              <th key={kind} scope="col">
                {t(`figure.${kind}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.measure + line.period}>
              <th scope="row">{name(line)}</th>
              {KINDS.map((kind) => (
                <td key={kind}>{cell(line, kind)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function figureOf(all: readonly Figure[], line: Line, kind: string): Figure | undefined {
  return all.find((f) => f.measure === line.measure && f.period === line.period && f.kind === kind);
}

/** A figure, from when it holds and, looking back, what is known of it now. */
function FigureCell({ held, known, counted }: { held: Figure | undefined; known: { now: Figure | undefined } | undefined; counted: Counted }) {
  const t = useWords(words);
  return (
    <>
      <FigureValue figure={held} counted={counted} />
      {held && !held.taken_back && <div className="small muted figure">{t('figure.since', { day: held.effective_on })}</div>}
      {known && known.now?.value !== held?.value && (
        <div className="small muted">
          {t('figure.known.now')} <FigureValue figure={known.now} counted={counted} />
        </div>
      )}
    </>
  );
}

function linesOf(inForce: readonly Figure[], all: readonly Figure[]): Line[] {
  const lines: Line[] = [];
  for (const f of [...inForce, ...all]) if (!lines.some((l) => l.measure === f.measure && l.period === f.period)) lines.push({ measure: f.measure, period: f.period });
  return lines;
}

function MeasureName({ counted, measure, period }: { counted: Counted | undefined; measure: string; period: string }) {
  const lang = useLang();
  const m = (counted?.measures ?? []).find((x) => x.id === measure);
  return (
    <>
      {m ? (lang === 'zh' ? m.zh : m.en) : measure} {period}
    </>
  );
}

/** An amount of money by size, or a quantity with its unit. */
function FigureValue({ figure, counted }: { figure: Figure | undefined; counted: Counted | undefined }) {
  const k = useKit();
  const lang = useLang();
  if (!figure || figure.taken_back) return <span className="muted">{k('empty.value')}</span>;
  const m = (counted?.measures ?? []).find((x) => x.id === figure.measure);
  if (figure.currency) return <Money amount={{ minor: figure.amount, currency: figure.currency }} />;
  return (
    <span className="figure">
      {figure.value.replace(/\B(?=(\d{3})+(?!\d))(?=.*\.)|\B(?=(\d{3})+$)/g, ',')} {lang === 'zh' ? m?.unit_zh : m?.unit_en}
    </span>
  );
}

/** 到位率: both amounts, and why when there is none; where nothing was recorded as paid in, that is said and no rate. */
function RateLine({ rate, none }: { rate: Rate; none: boolean }) {
  const t = useWords(words);
  const lang = useLang();
  const elsewhere = (rate.elsewhere ?? []).map((m) => shortMoney(m, lang)).join(lang === 'zh' ? '、' : ', ');
  return (
    <div className="rate">
      <span className="muted">{t('rate')}</span>{' '}
      {none && rate.contract ? (
        <span className="muted">
          {t('rate.none')} <Money amount={rate.contract} />
        </span>
      ) : rate.basis_points !== undefined && rate.contract && rate.paid_in ? (
        <>
          <strong className="figure">{(rate.basis_points / 100).toFixed(1)}%</strong>{' '}
          <span className="small">
            (<Money amount={rate.paid_in} /> / <Money amount={rate.contract} />)
          </span>
          <span className="rate-bar" aria-hidden>
            <span style={{ width: `${Math.min(100, rate.basis_points / 100)}%` }} />
          </span>
        </>
      ) : (
        <span className="muted">{t.maybe('rate.', rate.why ?? '')}</span>
      )}
      {elsewhere && <div className="small muted">{t('rate.elsewhere', { amounts: elsewhere })}</div>}
    </div>
  );
}

/** Paid-in funds against the contract over time. */
function PaidPlot({ items, figures }: { items: readonly Instalment[]; figures: readonly Figure[] }) {
  const t = useWords(words);
  const lang = useLang();
  const plot = paidPlot(items, figures);
  if (!plot) return null;
  return (
    <svg className="chart" viewBox="0 0 560 130" role="img" aria-label={t('plot', { paid: shortMoney({ minor: plot.paid, currency: plot.currency }, lang), contract: shortMoney({ minor: plot.contract, currency: plot.currency }, lang) })} width="100%">
      <line className="grid" x1="0" x2="560" y1="110" y2="110" />
      <path d={plot.contractPath} fill="none" stroke="var(--muted)" strokeDasharray="4 3" strokeWidth="1.5" />
      <path d={plot.paidPath} fill="none" stroke="var(--accent)" strokeWidth="2" />
      <text className="axis" x="0" y="126">{plot.from}</text>
      <text className="axis" x="560" y="126" textAnchor="end">{plot.until}</text>
      <text className="note" x="560" y={Math.max(12, plot.contractY - 5)} textAnchor="end">{t('figure.promised')} {shortMoney({ minor: plot.contract, currency: plot.currency }, lang)}</text>
    </svg>
  );
}

/** Every revision of one measure, the last recorded first. */
function HistoryDrawer({ of, items, counted, evidence, onClose }: { of: Line | undefined; items: readonly Figure[]; counted: Counted | undefined; evidence: readonly Evidence[]; onClose: () => void }) {
  const t = useWords(words);
  const lang = useLang();
  const m = (counted?.measures ?? []).find((x) => x.id === of?.measure);
  const rows = items.filter((f) => f.measure === of?.measure && f.period === of?.period).toReversed();
  return (
    <Drawer open={of !== undefined} onClose={onClose} size="min(480px, 100vw)" title={counted && of ? <MeasureName counted={counted} {...of} /> : ''}>
      {m && (
        <p className="muted small">
          {lang === 'zh' ? m.definition_zh : m.definition_en} · {m.source}
        </p>
      )}
      <ul className="papers">
        {rows.map((f) => (
          <li key={f.seq}>
            <div className="card-line">
              <span className="strong">
                {t.maybe('figure.', f.kind)} {f.taken_back ? t('figure.taken') : <FigureValue figure={f} counted={counted} />}
              </span>
              <span>
                {t('figure.from')} <Day on={f.effective_on} />
              </span>
            </div>
            <div className="muted small">
              {t('figure.recorded')} <When at={f.recorded_at} minute /> · {f.by_name || f.by}
              {f.evidence && <> · {evidence.find((e) => e.id === f.evidence)?.title}</>}
            </div>
            {f.note && <div className="small">{f.note}</div>}
          </li>
        ))}
      </ul>
    </Drawer>
  );
}
