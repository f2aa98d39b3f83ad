import { BarChart, CustomChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use as useModules } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { Button } from 'antd';
import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useLoad } from '../../kit/load';
import { shortMoney } from '../../kit/money';
import { Loading, Problem } from '../../kit/notices';
import { useManner, useMedia } from '../../kit/theme';
import { useLang, useWords } from '../../kit/words';
import { words as projectWords } from '../pipeline/words';
import { getSeries, type Series } from './api';
import { csvOf } from './figures';
import { cohortPlot, fundPlot, funds, funnelPlot, type Ink, spanPlot, whiskers } from './plots';
import { words } from './words';

useModules([BarChart, CustomChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, CanvasRenderer]);

/** The plots of the scoreboard. Loaded by that page alone. */
export default function Charts({ query }: { query: object }) {
  const load = useLoad(`series?${JSON.stringify(query)}`, (signal) => getSeries(query, signal));
  if (load.error) return <Problem problem={load.error} retry={load.reload} />;
  if (!load.data) return <Loading rows={6} />;
  return <Plots series={load.data} />;
}

/** What the page's theme gives a plot, read anew when it changes. */
function useInk(): Ink {
  const { theme } = useManner();
  const dark = useMedia('(prefers-color-scheme: dark)');
  const still = useMedia('(prefers-reduced-motion: reduce)');
  const [ink, setInk] = useState<Ink>();
  useEffect(() => {
    const id = requestAnimationFrame(() => setInk(readInk(still))); // after the theme is on the document
    return () => cancelAnimationFrame(id);
  }, [theme, dark, still]);
  return ink ?? readInk(still);
}

function readInk(still: boolean): Ink {
  const css = getComputedStyle(document.documentElement);
  const get = (name: string) => css.getPropertyValue(name).trim();
  const night = document.documentElement.dataset['theme'] === 'dark';
  return { text: get('--text'), muted: get('--muted'), line: get('--line'), panel: get('--panel'), font: getComputedStyle(document.body).fontFamily, series: night ? ['#56b4e9', '#e69f00', '#3fc79a'] : ['#0072b2', '#b35900', '#00795a'], still };
}

type Cell = string | number;

function Plots({ series }: { series: Series }) {
  const t = useWords(words);
  const p = useWords(projectWords);
  const ink = useInk();
  const lang = useLang();
  const stage = (id: string) => p.maybe('stage.', id);
  const span = (from: string, to: string) => `${stage(from)} → ${stage(to)}`;
  const ids = ['RES_LAND', 'RES_START', 'RES_PROD'] as const;
  const rates = ids.map((id) => ({ id, name: t(`rate.${id}`), points: whiskers(series, id) }));
  const talks = whiskers(series, 'NEG_C');
  const quarters = (series.cohorts ?? []).map((c) => c.period);
  const nOf = (points: readonly { period: string; n: number }[]) => points.map((w) => `${w.period} n=${w.n}`).join(' · ');
  const rateHead: Cell[] = [t('col.quarter'), t('col.figure'), t('col.rate') + ' %', t('col.low') + ' %', t('col.high') + ' %', t('col.came'), t('col.n')];
  const rateRows = (name: string, points: readonly ReturnType<typeof whiskers>[number][]): Cell[][] => points.map((w) => [w.period, name, w.rate, w.low, w.high, w.k, w.n]);
  const funnels = (series.funnels ?? []).filter((f) => f.leads > 0).slice(-3);
  const said = (title: string, rows: readonly Cell[][]) => `${title}. ${rows.slice(0, 12).map((r) => r.join(' ')).join('; ')}`;

  const cohortRows = rates.flatMap((r) => rateRows(r.name, r.points));
  const paid = funds(series);
  const yuan = (fen: number) => shortMoney({ minor: fen, currency: 'CNY' }, lang);
  const paidRows = paid.map((p): Cell[] => [p.period, p.paid / 100, p.of / 100, p.rate, p.n]);
  const talkRows = rateRows(t('rate.NEG_C'), talks);
  const funnelRows = funnels.flatMap((f) => (f.steps ?? []).map((s): Cell[] => [f.period, stage(s.stage), s.came, s.of]));
  const spanRows = (series.spans ?? []).map((s): Cell[] => [span(s.from_stage, s.to_stage), s.n, s.days.p10, s.days.p25, s.days.p50, s.days.p75, s.days.p90, s.open]);
  const text = (kind: 'cohort' | 'fund' | 'neg' | 'funnel' | 'span', rows: readonly Cell[][]) => ({ title: t(`${kind}.title`), x: t(`x.${kind}`), y: t(`y.${kind}`, { n: series.horizon_days }), description: said(t(`${kind}.title`), rows) });
  return (
    <div className="score-plots">
      <Plot title={t('neg.title')} caption={`${t('neg.caption', { n: series.horizon_days })} ${nOf(talks)}`} head={rateHead} rows={talkRows} option={cohortPlot([{ name: t('rate.NEG_C'), points: talks }], quarters, ink, text('neg', talkRows))} height={300} />
      <Plot title={t('cohort.title')} caption={`${t('cohort.caption')} ${nOf(rates[0]?.points ?? [])}`} head={rateHead} rows={cohortRows} option={cohortPlot(rates, quarters, ink, text('cohort', cohortRows))} height={340} />
      <Plot title={t('fund.title')} caption={`${t('fund.caption')} ${nOf(paid)}`} head={[t('col.quarter'), t('col.paid'), t('col.contracted'), t('col.rate') + ' %', t('col.n')]} rows={paidRows} option={fundPlot(paid, quarters, yuan, ink, text('fund', paidRows))} height={300} />
      <Plot title={t('funnel.title')} caption={t('funnel.caption', { n: funnels.map((f) => `${f.period} n=${f.leads}`).join(' · ') })} head={[t('col.year'), t('col.stage'), t('col.came'), t('col.of')]} rows={funnelRows} option={funnelPlot(series, stage, ink, text('funnel', funnelRows))} height={420} />
      <Plot title={t('span.title')} caption={t('span.caption')} head={[t('col.span'), t('col.n'), '10%', '25%', '50%', '75%', '90%', t('span.open')]} rows={spanRows} option={spanPlot(series, span, ink, text('span', spanRows))} height={Math.max(220, 60 + spanRows.length * 52)} />
    </div>
  );
}

/** One plot: title, picture or table, caption, and what it can be saved as. */
function Plot({ title, caption, head, rows, option, height }: { title: string; caption: string; head: readonly Cell[]; rows: readonly Cell[][]; option: EChartsCoreOption; height: number }) {
  const t = useWords(words);
  const [table, setTable] = useState(false);
  const id = useId();
  const saver = useRef<(() => string) | null>(null);
  const save = (href: string, name: string) => {
    const link = document.createElement('a');
    link.href = href;
    link.download = name;
    link.click();
  };
  const csv = () => {
    const url = URL.createObjectURL(new Blob([csvOf([head, ...rows])], { type: 'text/csv;charset=utf-8' }));
    save(url, `${title}.csv`);
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  };
  return (
    <figure className="score-plot" aria-labelledby={id}>
      <header>
        <h3 id={id}>{title}</h3>
        {rows.length > 0 && (
          <span className="actions">
            <Button size="small" aria-pressed={table} onClick={() => setTable(!table)}>
              {t(table ? 'chart.plot' : 'chart.table')}
            </Button>
            {!table && (
              <Button size="small" onClick={() => saver.current && save(saver.current(), `${title}.png`)}>
                {t('chart.png')}
              </Button>
            )}
            <Button size="small" onClick={csv}>
              {t('chart.csv')}
            </Button>
          </span>
        )}
      </header>
      {rows.length === 0 ? <p className="muted">{t('chart.empty')}</p> : table ? <PlainTable caption={title} head={head} rows={rows} /> : <Picture option={option} height={height} saver={saver} />}
      <figcaption className="muted small">{caption}</figcaption>
    </figure>
  );
}

function Picture({ option, height, saver }: { option: EChartsCoreOption; height: number; saver: { current: (() => string) | null } }): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useMemo(() => option, [JSON.stringify(option)]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const chart = init(element);
    chart.setOption(drawn);
    saver.current = () => chart.getDataURL({ type: 'png', pixelRatio: 2 });
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(element);
    return () => {
      saver.current = null;
      watch.disconnect();
      chart.dispose();
    };
  }, [drawn, saver]);
  return <div ref={box} role="img" style={{ height }} className="score-canvas" />;
}

function PlainTable({ caption, head, rows }: { caption: string; head: readonly Cell[]; rows: readonly Cell[][] }) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={caption}>
      <table className="data">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr>
            {head.map((h, i) => (
              <th key={i} scope="col" className={typeof rows[0]?.[i] === 'number' ? 'numeric' : undefined}>
                {h}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((r, i) => (
            <tr key={i}>
              {r.map((c, j) => (
                <td key={j} className={typeof c === 'number' ? 'numeric' : undefined}>
                  {c}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
