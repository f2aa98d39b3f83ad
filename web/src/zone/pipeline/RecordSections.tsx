import { EyeOutlined, PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState } from 'react';
import { Day, Money, When } from '../../kit/figures';
import { ReasonDialog } from '../../kit/forms';
import { useLoad } from '../../kit/load';
import { Loading, Masked, Problem, Section } from '../../kit/notices';
import { useSession } from '../../kit/session';
import { useLang, useWords } from '../../kit/words';
import { type Evidence, getCounted, getFacts, getTax, type TaxSheet, unmaskTax, voidRow } from './api';
import { FactDrawer, TaxDrawer } from './MoneyForms';
import { words } from './words';

/** 入统, 入库 and 落位: dated facts, each by its own definition, never stages. */
export function DatedFacts({ project, asOf, round, evidence, onChanged }: { project: string; asOf: string; round: number; evidence: readonly Evidence[]; onChanged: () => void }) {
  const t = useWords(words);
  const lang = useLang();
  const { can } = useSession();
  const load = useLoad(`facts:${project}:${asOf}?${round}`, (signal) => getFacts(project, asOf, signal));
  const [adding, setAdding] = useState(false);
  const [voiding, setVoiding] = useState('');
  const may = can('pipeline.figure') && !asOf;
  const items = load.data?.items ?? [];
  return (
    <Section
      id="facts"
      title={t('dated')}
      extra={
        may && (
          <Button icon={<PlusOutlined />} onClick={() => setAdding(true)}>
            {t('fact.add')}
          </Button>
        )
      }
    >
      {load.error ? (
        <Problem problem={load.error} retry={load.reload} />
      ) : !load.data ? (
        <Loading rows={3} />
      ) : (
        <ul className="papers">
          {(load.data.kinds ?? []).map((f) => {
            const rows = items.filter((i) => i.kind === f.id);
            return (
              <li key={f.id}>
                <div className="card-line">
                  <span className="strong" title={`${lang === 'zh' ? f.definition_zh : f.definition_en} (${f.source})`}>
                    {lang === 'zh' ? f.zh : f.en}
                  </span>
                  {!rows.some((r) => !r.voided_at) && <span className="muted">{f.applies ? t('fact.none') : t('fact.not')}</span>}
                </div>
                <div className="muted small">{lang === 'zh' ? f.definition_zh : f.definition_en}</div>
                {rows.map((r) => (
                  <div key={r.id} className="small">
                    <Day on={r.on} /> {r.code} · {r.by_name || r.by} · <When at={r.recorded_at} /> {r.note}{' '}
                    {r.voided_at > 0 ? (
                      <span className="bad">{t('voided', { reason: r.voided_why })}</span>
                    ) : (
                      may && (
                        <Button type="link" size="small" className="inline" onClick={() => setVoiding(r.id)} aria-label={`${t('void')} ${r.on}`}>
                          {t('void')}
                        </Button>
                      )
                    )}
                  </div>
                ))}
              </li>
            );
          })}
        </ul>
      )}
      {adding && <FactDrawer project={project} kinds={load.data?.kinds ?? []} evidence={evidence} onClose={() => setAdding(false)} onSaved={onChanged} />}
      <ReasonDialog
        open={voiding !== ''}
        title={t('void')}
        intro={t('void.what')}
        confirm={t('void')}
        danger
        onCancel={() => setVoiding('')}
        onConfirm={async (reason) => {
          await voidRow(project, 'facts', voiding, reason);
          setVoiding('');
          onChanged();
        }}
      />
    </Section>
  );
}

/** Tax of the firm: masked for everybody, shown for a purpose that stays on record. */
export function TaxSection({ project, round, onChanged }: { project: string; round: number; onChanged: () => void }) {
  const t = useWords(words);
  const lang = useLang();
  const { can } = useSession();
  const counted = useLoad('measures', getCounted);
  const load = useLoad(`tax:${project}?${round}`, (signal) => getTax(project, signal));
  const [open, setOpen] = useState<TaxSheet>();
  const [asking, setAsking] = useState(false);
  const [adding, setAdding] = useState(false);
  const [voiding, setVoiding] = useState('');
  const sheet = open ?? load.data;
  const items = sheet?.items ?? [];
  if (items.length === 0 && !can('pipeline.tax')) return null;
  const kindName = (id: string) => {
    const kind = (counted.data?.taxes ?? []).find((x) => x.id === id);
    return kind ? (lang === 'zh' ? kind.zh : kind.en) : id;
  };
  return (
    <Section
      id="tax"
      title={t('tax')}
      extra={
        <>
          {items.length > 0 && sheet?.masked && sheet.may_unmask && (
            <Button icon={<EyeOutlined />} onClick={() => setAsking(true)}>
              {t('tax.unmask')}
            </Button>
          )}
          {can('pipeline.tax') && (
            <Button icon={<PlusOutlined />} onClick={() => setAdding(true)}>
              {t('tax.add')}
            </Button>
          )}
        </>
      }
    >
      <p className="muted small tight">{t('tax.what')}</p>
      {load.error && <Problem problem={load.error} retry={load.reload} />}
      {items.length === 0 ? (
        <p className="muted tight">{t('tax.none')}</p>
      ) : (
        <ul className="papers">
          {items.map((row) => (
            <li key={row.id} data-withdrawn={row.voided_at > 0 || undefined}>
              <div className="card-line">
                <span className="strong">
                  {row.period} {kindName(row.kind)}
                </span>
                {row.amount ? <Money amount={row.amount} /> : <Masked value="****" />}
              </div>
              <div className="muted small">
                {row.party_name} · {row.source} · {row.by_name || row.by} · <When at={row.recorded_at} />
              </div>
              {row.voided_at > 0 ? (
                <div className="small bad">{t('voided', { reason: row.voided_why })}</div>
              ) : (
                can('pipeline.tax') && (
                  <Button type="link" size="small" className="inline" onClick={() => setVoiding(row.id)} aria-label={`${t('void')} ${row.period}`}>
                    {t('void')}
                  </Button>
                )
              )}
            </li>
          ))}
        </ul>
      )}
      {adding && counted.data && <TaxDrawer project={project} counted={counted.data} onClose={() => setAdding(false)} onSaved={onChanged} />}
      <ReasonDialog
        open={asking}
        title={t('tax.unmask')}
        intro={t('tax.unmask.what')}
        confirm={t('tax.unmask')}
        onCancel={() => setAsking(false)}
        onConfirm={async (purpose) => {
          setOpen(await unmaskTax(project, purpose));
          setAsking(false);
        }}
      />
      <ReasonDialog
        open={voiding !== ''}
        title={t('void')}
        intro={t('void.what')}
        confirm={t('void')}
        danger
        onCancel={() => setVoiding('')}
        onConfirm={async (reason) => {
          await voidRow(project, 'tax', voiding, reason);
          setVoiding('');
          setOpen(undefined);
          onChanged();
        }}
      />
    </Section>
  );
}
